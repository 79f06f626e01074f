import type { AttemptProtocol, Collector, Recipe, Sample, SessionResult, Task } from '@icrl/core'
import { nll, sequenceMeanTokenMean, tokenMean } from '@icrl/objective'
import { solveOnce } from '@icrl/rollout'
import { checkCounts, refuseUnknown } from './options/check-options.ts'
import { partNamed } from './options/part-named.ts'

/** A response to learn, as ids: what a renderer made of a prompt and an answer. */
export interface Demonstration {
  readonly prompt: Int32Array
  /** `[T]` a stop id at its end included. */
  readonly response: Int32Array
  /** `[T]` 0 where nothing is to be learned; 1 everywhere where absent. */
  readonly mask?: Uint8Array
  /** `solver` where absent. */
  readonly role?: string
  /** The policy that learns it; `shared` where absent. */
  readonly policy?: string
}

/** Options of {@link sft}. */
export interface SftOptions<T extends Task = Task> {
  /** Demonstrations of a task; `step` lets them differ between passes. */
  readonly demonstrate: (task: T, step: number) => readonly Demonstration[]
  /** 16 where absent. */
  readonly tasksPerStep?: number
  readonly minibatches?: number
  readonly epochs?: number
  /** `token-mean` where absent. */
  readonly aggregation?: 'token-mean' | 'sequence-mean'
  /** Where given, critique-free accuracy is evaluated with it. */
  readonly attempt?: AttemptProtocol<T>
}

/**
 * Supervised fine-tuning: the negative log-likelihood of given responses, in the same loop, folder
 * and ledger as the rest (its tokens are demonstrated, not sampled, so the ledger counts none).
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
    tasksPerStep = 16,
    minibatches = 1,
    epochs = 1,
    aggregation = 'token-mean',
    attempt,
    ...unknown
  } = options
  refuseUnknown('sft', unknown)
  checkCounts('sft', { tasksPerStep, minibatches, epochs })
  return {
    name: 'sft',
    collect: collectDemonstrations(demonstrate, tasksPerStep),
    advantages: (samples) => samples.map(() => 1),
    objective: nll(),
    aggregation: partNamed(
      'aggregation',
      { 'token-mean': tokenMean(), 'sequence-mean': sequenceMeanTokenMean() },
      aggregation,
    ),
    minibatches,
    epochs,
    evaluations: attempt && { critique_free: solveOnce(attempt) },
    options: { tasksPerStep, aggregation, minibatches, epochs },
  }
}

function collectDemonstrations<T extends Task>(
  demonstrate: SftOptions<T>['demonstrate'],
  tasksPerStep: number,
): Collector<T> {
  return async (context) => {
    // A step larger than the data set meets a task again: number its demonstrations on.
    const begun = new Map<string, number>()
    return context.take(tasksPerStep).map((task): SessionResult => {
      const first = begun.get(task.id) ?? 0
      const samples = demonstrate(task, context.step).map((demonstration, i) =>
        sampleOf(demonstration, task.id, context.step, first + i),
      )
      begun.set(task.id, first + samples.length)
      return { task: task.id, session: first, samples, outcomes: [], transcript: [] }
    })
  }
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
