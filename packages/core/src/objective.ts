import type { Origin, SampleKeys } from './sample.ts'

/** One number per token; float64 in gradient checks. */
export type TokenValues = Float32Array | Float64Array

/**
 * One sample as an objective sees it. Every array has the response's length T; positions of mask 0
 * must not matter.
 */
export interface ObjectiveInput {
  /** `[T]` current log-probabilities, nats: the only variable. */
  readonly logprobs: TokenValues
  /** `[T]` current entropies, nats; given to an objective that wants `entropy`. */
  readonly entropy?: TokenValues
  /** `[T]` 1: the token is trained; 0: it must not matter. */
  readonly mask: Uint8Array
  /** `[T]` share of each token in the loss, from an aggregation over the whole optimizer batch. */
  readonly coefficients: TokenValues
  /** `[T]` constants. */
  readonly advantages: TokenValues
  /** `[T]` detached token weights, already capped. @defaultValue 1 */
  readonly weights?: TokenValues
  /**
   * `[T]` log-probabilities under the trained prompt and the weights that sampled, nats.
   *
   * @defaultValue the current ones as constants, which is right if a batch makes exactly one
   *   optimizer step
   */
  readonly oldLogprobs?: TokenValues
  /** `[T]` log-probabilities under the sampled prompt and the weights that sampled, nats. */
  readonly behaviorLogprobs?: TokenValues
  /** `[T]` log-probabilities under the trained prompt and the reference policy, nats. */
  readonly referenceLogprobs?: TokenValues
  /** Where the sample belongs, for objectives that differ by role. */
  readonly keys?: SampleKeys
  /** Where the sample comes from. @defaultValue `policy` */
  readonly origin?: Origin
  /** True if the trained prompt is not the sampled one. */
  readonly rebound?: boolean
}

/** One sample's share of its unit's loss. T is the length of its response. */
export interface ObjectiveResult {
  /** The sample's contribution to the loss: the sum of `losses`. */
  readonly value: number
  /** `[T]` contribution of each token. */
  readonly losses: Float32Array
  /** `[T]` ∂(unit's value)/∂logprobs, exact. */
  readonly gradient: Float32Array
  /** `[T]` ∂(unit's value)/∂entropy. */
  readonly entropyGradient?: Float32Array
  /** Sums over tokens, to be divided by the batch's token count: `clipped`, `kl`… */
  readonly diagnostics?: Readonly<Record<string, number>>
}

/**
 * A loss over log-probabilities, to be minimized. `evaluate` is given a unit: the samples that must
 * be seen together. That is one sample, unless `unitOf` says otherwise (a preference pair is two).
 */
export interface Objective {
  /** As it stands in metrics and errors. */
  readonly name: string
  /** Returns one result per sample of the unit, in order. */
  evaluate(unit: readonly ObjectiveInput[]): ObjectiveResult[]
  /** Names the unit a sample belongs to. @defaultValue each sample is a unit of its own */
  readonly unitOf?: (keys: SampleKeys) => string
  /**
   * True: `evaluate` is given all samples of an optimizer batch at once, because a loss depends on
   * the others (a quantile, a mean). Minibatches are cut as without it.
   *
   * @defaultValue false
   */
  readonly wholeBatch?: boolean
  /** What `evaluate` reads besides log-probabilities. @defaultValue nothing */
  readonly wants?: ObjectiveWants
  /**
   * What it reads of this sample, where that is less than `wants`: an objective that is put together
   * from several says here which one a sample goes to.
   */
  readonly wantsOf?: (sample: RoutedSample) => ObjectiveWants
  /**
   * True: the loss is proportional to the advantages, so that a sample whose advantages are all 0
   * has no gradient and needs no backward pass.
   *
   * @defaultValue false, as where a KL term or an entropy bonus is added
   */
  readonly proportional?: boolean
}

/** What an objective reads of a sample. */
export interface ObjectiveWants {
  /**
   * `oldLogprobs`: the ratio to the weights that sampled. Only samples whose objective reads them
   * must come from known weights.
   */
  readonly old?: boolean
  /** `referenceLogprobs`. */
  readonly reference?: boolean
  /** `entropy`; it may be differentiated. */
  readonly entropy?: boolean
}

/** What an objective may choose its branch by. */
export type RoutedSample = Pick<ObjectiveInput, 'keys' | 'origin' | 'rebound'>

/** What an aggregation may look at. */
export interface AggregationItem {
  /** 1 where a token is trained, `[T]`. */
  readonly mask: Uint8Array
  /** Where the sample belongs. */
  readonly keys: SampleKeys
}

/**
 * Turns the masks and keys of the whole optimizer batch into per-token coefficients `[samples][T]`,
 * 0 where masked. No other part divides by a count, so cutting the batch into micro-batches cannot
 * change the loss.
 */
export type Aggregation = (items: readonly AggregationItem[]) => Float32Array[]
