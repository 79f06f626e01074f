import {
  IcrlError,
  type Collector,
  type Message,
  type Renderer,
  type Sample,
  type SessionResult,
  type Task,
} from '@icrl/core'

/** A response to learn, as ids: what a renderer made of a prompt and an answer. */
export interface Demonstration {
  /** `[P]` ids before the ones that are imitated. */
  readonly prompt: Int32Array
  /** `[T]` with the stop id at its end. */
  readonly response: Int32Array
  /** `[T]` 0 where nothing is to be learned. @defaultValue 1 everywhere */
  readonly mask?: Uint8Array
  /** Who is to have said them. @defaultValue `solver` */
  readonly role?: string
  /** The policy that learns it. @defaultValue `shared` */
  readonly policy?: string
  /** Further keys of its sample, such as the `pair` it belongs to. @defaultValue none */
  readonly keys?: Readonly<Record<string, string | number>>
}

/** Options of {@link collectDemonstrations}. */
export interface CollectDemonstrationsOptions<T extends Task> {
  /**
   * Demonstrations of a task; with `step` they can differ from one pass to the next. `first` counts
   * those that the task had before in the same step, which it has if it is taken twice.
   */
  readonly demonstrate: (task: T, step: number, first: number) => readonly Demonstration[]
  /** Tasks whose demonstrations a step learns from. */
  readonly tasksPerStep: number
  /** Tokens that the model takes. @defaultValue unknown, so no limit */
  readonly contextTokens?: number
}

/**
 * A sample that was drawn before, as something to learn: its ids, never its text again.
 *
 * @param options.under the prompt that the sampler saw, or the one the sample is trained under;
 * default: `trained`
 * @example
 * import { demonstrationOf } from '@icrl/recipes'
 * import type { Sample } from '@icrl/core'
 * declare const revision: Sample
 * const withCritique = demonstrationOf(revision, { under: 'sampled' })
 */
export function demonstrationOf(
  { sampledUnder, trainedUnder, response, mask, keys, policy }: Sample,
  { under = 'trained' }: { readonly under?: 'trained' | 'sampled' } = {},
): Demonstration {
  const prompt = under === 'sampled' ? sampledUnder : trainedUnder
  return { prompt, response, mask, role: keys.role, policy }
}

/** What {@link writtenDemonstration} is made of. */
export interface WrittenAnswer extends Pick<Demonstration, 'role' | 'policy'> {
  /** The conversation to answer. */
  readonly messages: readonly Message[]
  /** The answer that is to be learned. */
  readonly text: string
}

/**
 * An answer in words as a demonstration: what a teacher or a data set wrote.
 *
 * @throws `unsupported` for a renderer without `answer`
 * @example
 * import { writtenDemonstration } from '@icrl/recipes'
 * import type { Renderer } from '@icrl/core'
 * declare const renderer: Renderer
 * const demonstration = writtenDemonstration(renderer, {
 *   messages: [{ role: 'user', content: '2 + 3?' }],
 *   text: '5',
 * })
 */
export function writtenDemonstration(
  renderer: Renderer,
  { messages, text, ...rest }: WrittenAnswer,
): Demonstration {
  if (!renderer.answer)
    throw new IcrlError('writtenDemonstration: the renderer cannot make ids of an answer.', {
      code: 'unsupported',
      remedy: 'Use a renderer that has `answer`, as those of @icrl/renderer do.',
    })
  return { ...rest, prompt: renderer.start(messages), response: renderer.answer(text) }
}

/**
 * Makes a step's samples from what is known beforehand, without sampling: for `sft`, `dpo` and
 * recipes of your own. A task with a longer demonstration than the context fails, alone and by name.
 *
 * @example
 * import { collectDemonstrations, type Demonstration } from '@icrl/recipes'
 * import type { QuestionTask } from '@icrl/core'
 * declare const stored: ReadonlyMap<string, readonly Demonstration[]>
 * const collect = collectDemonstrations<QuestionTask>({
 *   demonstrate: ({ id }) => stored.get(id) ?? [],
 *   tasksPerStep: 16,
 * })
 */
export function collectDemonstrations<T extends Task>({
  demonstrate,
  tasksPerStep,
  contextTokens = Infinity,
}: CollectDemonstrationsOptions<T>): Collector<T> {
  return async (context) => {
    // A step larger than the data set has a task more than once, and ids must differ.
    const begun = new Map<string, number>()
    return context.take(tasksPerStep).map((task): SessionResult => {
      const first = begun.get(task.id) ?? 0
      const samples = demonstrate(task, context.step, first).map((demonstration, i) =>
        demonstrationSample(demonstration, { task: task.id, step: context.step, index: first + i }),
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

/** What a {@link Demonstration} is a sample of. */
export interface DemonstrationPlace {
  /** Id of the task. */
  readonly task: string
  /** The training step. */
  readonly step: number
  /** Its number among the task's demonstrations of the step. */
  readonly index: number
}

/**
 * A demonstration as a sample of reward 1 that no policy drew (`origin: 'expert'`).
 *
 * @example
 * import { demonstrationSample, type Demonstration } from '@icrl/recipes'
 * declare const expert: Demonstration
 * const sample = demonstrationSample(expert, { task: 'q1', step: 0, index: 0 })
 */
export function demonstrationSample(
  {
    prompt,
    response,
    mask = new Uint8Array(response.length).fill(1),
    role = 'solver',
    policy = 'shared',
    keys,
  }: Demonstration,
  { task, step, index }: DemonstrationPlace,
): Sample {
  return {
    id: `demonstration${step}/${task}/${index}`,
    parents: [],
    keys: { task, role, session: 0, round: 1, branch: index, ...keys },
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
