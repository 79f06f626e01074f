import type { Dialogue } from './message.ts'

/**
 * What samples are grouped by when advantages are computed. Extra keys serve methods that group
 * differently (by an anchor state, a parent, a pair).
 */
export interface SampleKeys {
  /** Id of its task. */
  readonly task: string
  /** Who said it. */
  readonly role: Role
  /** 0-based session of the task. */
  readonly session: number
  /** 1-based attempt; a critique has the round of the attempt it critiques. */
  readonly round: number
  /** Which of several attempts of a round; 0 where there is one. */
  readonly branch: number
  readonly [extra: string]: string | number
}

/**
 * How a response ended: at a stop id, at a limit of tokens, because its episode was over (or had no
 * more turns), or because it was aborted.
 */
export type Finish = 'stop' | 'length' | 'environment' | 'aborted'

/** Where the response's tokens came from. */
export type Origin = 'policy' | 'expert' | 'spliced' | 'distilled'

/** Weights that drew the tokens of a response from one position on, up to the next span. */
export interface VersionSpan {
  /** Position of the first token in the response. */
  readonly from: number
  /** The weights that sampled these tokens. */
  readonly version: string
}

/**
 * One role's response in one context: what a policy is trained on. T is the length of `response`,
 * and of every per-token array.
 *
 * `sampledUnder` and `trainedUnder` differ where a method samples with help and learns without
 * (ICRL's revisions): the sample is then *rebound*, over the same response ids.
 */
export interface Sample {
  /** Unique within a run and a pure function of the keys and the step. */
  readonly id: string
  /** Ids of the samples this one answers: a revision's critique, a critique's attempt. */
  readonly parents: readonly string[]
  /** Where it belongs: task, role, session, round, branch. */
  readonly keys: SampleKeys
  /** `[P]` prompt ids the sampler saw. */
  readonly sampledUnder: Int32Array
  /** `[P]` prompt ids the loss will see; the same array unless rebound. */
  readonly trainedUnder: Int32Array
  /** `[T]` ids from the sampler and the environment, never re-tokenized. */
  readonly response: Int32Array
  /**
   * `[T]` 1: a token the policy chose. 0: an observation or a tool's output, which has no loss and
   * log-probability 0.
   */
  readonly mask: Uint8Array
  /** `[T]` nats, under `sampledUnder` and the weights that sampled it. */
  readonly behaviorLogprobs: Float32Array
  /** `[T]` nats, under `trainedUnder` and the weights that sampled it. */
  readonly oldLogprobs?: Float32Array
  /** `[T]` nats, under `trainedUnder` and the reference policy. */
  readonly referenceLogprobs?: Float32Array
  /** Named components; `reward` is their composition. */
  readonly rewards: Readonly<Record<string, number>>
  /** What it earned. */
  readonly reward: number
  /** Whether the attempt succeeded; absent for what is no attempt, such as a critique. */
  readonly success?: boolean
  /**
   * `[T]` rewards of single steps, each at the last sampled token of its turn, the outcome's among
   * them; absent if only the outcome was rewarded. What reward rules change is `reward` alone.
   */
  readonly tokenRewards?: Float32Array
  /** `[T]` constant over the response unless a method says otherwise. */
  readonly advantages?: Float32Array
  /** `[T]` w_t, uncapped; the trainer applies the recipe's `capWeights` for the objective. */
  readonly weights?: Float32Array
  /** `[T]` c_t, where the recipe corrects for other weights than those that are trained. */
  readonly correction?: Float32Array
  /**
   * `[T]` nats, under `trainedUnder`, in the last pass that trained on it; with `oldLogprobs` it
   * gives the ratio ρ_t.
   */
  readonly trainLogprobs?: Float32Array
  /** Name of the policy that is trained on it. */
  readonly policy: string
  /** Version of the weights that sampled it; of several, all of them, joined by `+`. */
  readonly version: string
  /** By token range, if several versions sampled it. */
  readonly versions?: readonly VersionSpan[]
  /** The softmax temperature it was sampled at, above 0. */
  readonly temperature: number
  /** Why it ended. */
  readonly finish: Finish
  /**
   * False if it is malformed for its role (no answer, no critique). A recipe may drop it or set its
   * reward accordingly.
   */
  readonly valid: boolean
  /** Where the sample comes from. @defaultValue `policy` */
  readonly origin?: Origin
  /**
   * What was said in messages, as an agent saw it: without guidance. For people and for trainers
   * elsewhere: nothing is computed from it. Absent where there is no agent.
   */
  readonly dialogue?: Dialogue
}

/**
 * True if the loss sees another prompt than the sampler did. Arrays of equal content count as the
 * same prompt.
 *
 * @example
 * // As for a critique-guided revision:
 * isRebound({ sampledUnder: Int32Array.of(5, 8, 9), trainedUnder: Int32Array.of(5, 9) }) // true
 */
export function isRebound(sample: Pick<Sample, 'sampledUnder' | 'trainedUnder'>): boolean {
  const { sampledUnder, trainedUnder } = sample
  if (sampledUnder === trainedUnder) return false
  return (
    sampledUnder.length !== trainedUnder.length ||
    sampledUnder.some((id, i) => id !== trainedUnder[i])
  )
}

/**
 * Orders samples by their keys, so that the order in which sessions finish never changes a result.
 *
 * @example
 * declare const samples: Sample[]
 * const ordered = [...samples].sort(compareSamples)
 */
export function compareSamples(
  a: Pick<Sample, 'id' | 'keys'>,
  b: Pick<Sample, 'id' | 'keys'>,
): number {
  return (
    compare(a.keys.task, b.keys.task) ||
    a.keys.session - b.keys.session ||
    a.keys.round - b.keys.round ||
    compare(a.keys.role, b.keys.role) ||
    a.keys.branch - b.keys.branch ||
    compare(a.id, b.id)
  )
}

function compare(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

/** Who speaks, such as `solver`; a method names its roles. */
export type Role = string
