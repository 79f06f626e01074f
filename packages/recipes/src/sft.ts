import type { AttemptProtocol, Collector, Recipe, Sample, SessionResult, Task } from '@icrl/core'
import { nll, sequenceMeanTokenMean, tokenMean } from '@icrl/objective'
import { solveOnce } from '@icrl/rollout'
import { checkCounts, refuseUnknown } from './options/check-options.ts'
import { partNamed } from './options/part-named.ts'

/** A response to learn, as ids: what a renderer made of a prompt and an answer. */
export interface Demonstration {
  readonly prompt: Int32Array
  /** `[T]` with the stop id at its end. */
  readonly response: Int32Array
  /** `[T]` 0 where nothing is to be learned; default: 1 everywhere. */
  readonly mask?: Uint8Array
  /** Default: `solver`. */
  readonly role?: string
  /** The policy that learns it; default: `shared`. */
  readonly policy?: string
}

/** Options of {@link sft}. */
export interface SftOptions<T extends Task = Task> {
  /** Demonstrations of a task; with `step` they can differ from one pass to the next. */
  readonly demonstrate: (task: T, step: number) => readonly Demonstration[]
  /**
   * Tokens that the model takes: a task with a longer demonstration fails, alone and by name.
   * Default: unknown, and the engine ends the run there.
   */
  readonly contextTokens?: number
  /** Default: 16. */
  readonly tasksPerStep?: number
  /** Optimizer steps that a batch is cut into; default: 1. */
  readonly minibatches?: number
  /** Passes over a batch; default: 1. */
  readonly epochs?: number
  /** Default: `token-mean`. */
  readonly aggregation?: 'token-mean' | 'sequence-mean'
  /** How held-out tasks are attempted; default: there is no evaluation. */
  readonly attempt?: AttemptProtocol<T>
  /** Roles that `attempt` speaks as, which a run must then have. Default: `solver`. */
  readonly roles?: NonNullable<Recipe['roles']>
}

/**
 * Supervised fine-tuning: the negative log-likelihood of given responses, in the same loop and run
 * folder as the other recipes. Its tokens are not sampled, so the ledger counts none.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { sft } from '@icrl/recipes'
 * import type { QuestionTask, Renderer } from '@icrl/core'
 * declare const encode: (text: string) => Int32Array
 * declare const renderer: Renderer
 * const recipe = sft({
 *   demonstrate: (task: QuestionTask) => [
 *     {
 *       prompt: renderer.start([{ role: 'user', content: task.question }]),
 *       response: encode(task.answer),
 *     },
 *   ],
 * })
 */
export function sft<T extends Task>(options: SftOptions<T>): Recipe<T> {
  const {
    demonstrate,
    contextTokens,
    tasksPerStep = 16,
    minibatches = 1,
    epochs = 1,
    aggregation = 'token-mean',
    attempt,
    roles = { solver: {} },
    ...unknown
  } = options
  refuseUnknown('sft', unknown)
  checkCounts('sft', { tasksPerStep, minibatches, epochs, contextTokens: contextTokens ?? 1 })
  return {
    name: 'sft',
    collect: collectDemonstrations(demonstrate, tasksPerStep, contextTokens),
    advantages: (samples) => samples.map(() => 1),
    objective: nll(),
    aggregation: partNamed(
      'aggregation',
      { 'token-mean': tokenMean(), 'sequence-mean': sequenceMeanTokenMean() },
      aggregation,
    ),
    minibatches,
    epochs,
    ...(attempt && { roles }),
    evaluations: attempt && { critique_free: solveOnce(attempt) },
    options: {
      tasksPerStep,
      aggregation,
      minibatches,
      epochs,
      ...(contextTokens !== undefined && { contextTokens }),
    },
  }
}

function collectDemonstrations<T extends Task>(
  demonstrate: SftOptions<T>['demonstrate'],
  tasksPerStep: number,
  contextTokens = Infinity,
): Collector<T> {
  return async (context) => {
    // A step larger than the data set has a task more than once, and ids must differ.
    const begun = new Map<string, number>()
    return context.take(tasksPerStep).map((task): SessionResult => {
      const first = begun.get(task.id) ?? 0
      const samples = demonstrate(task, context.step).map((demonstration, i) =>
        sampleOf(demonstration, task.id, context.step, first + i),
      )
      begun.set(task.id, first + samples.length)
      const result = { task: task.id, session: first, samples, outcomes: [], transcript: [] }
      const long = samples.find((sample) => lengthOf(sample) > contextTokens)
      if (!long) return result
      const reason = `task "${task.id}": a demonstration has ${lengthOf(long)} tokens, the context ${contextTokens}.`
      return { ...result, samples: [], failure: { reason, tokens: 0 } }
    })
  }
}

function lengthOf({ trainedUnder, response }: Sample): number {
  return trainedUnder.length + response.length
}

function sampleOf(
  {
    prompt,
    response,
    mask = new Uint8Array(response.length).fill(1),
    role = 'solver',
    policy = 'shared',
  }: Demonstration,
  task: string,
  step: number,
  index: number,
): Sample {
  return {
    id: `demonstration${step}/${task}/${index}`,
    parents: [],
    keys: { task, role, session: 0, round: 1, branch: index },
    sampledUnder: prompt,
    trainedUnder: prompt,
    response,
    mask,
    behaviorLogprobs: new Float32Array(response.length),
    rewards: {},
    reward: 1,
    policy,
    version: 'demonstration',
    temperature: 1,
    finish: 'stop',
    valid: true,
    origin: 'expert',
  }
}
