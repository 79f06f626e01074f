import type { Origin, SampleKeys } from './sample.ts'

/** Numbers one per token; float64 in gradient checks. */
export type TokenValues = Float32Array | Float64Array

/**
 * One sample as an objective sees it. Every array has the response's length T; positions of mask 0
 * must not matter.
 */
export interface ObjectiveInput {
  /** `[T]` current log-probabilities, nats: the only variable. */
  readonly logprobs: TokenValues
  /** `[T]` current entropies, nats; present where the objective wants them (`wantsEntropy`). */
  readonly entropy?: TokenValues
  /** `[T]` */
  readonly mask: Uint8Array
  /** `[T]` share of each token in the loss, from an aggregation over the whole optimizer batch. */
  readonly coefficients: TokenValues
  /** `[T]` */
  readonly advantages: TokenValues
  /** `[T]` detached token weights, already capped; 1 where absent. */
  readonly weights?: TokenValues
  /**
   * `[T]` under the trained prompt and the weights that sampled; absent: the current ones, detached
   * (exactly one optimizer step a batch).
   */
  readonly oldLogprobs?: TokenValues
  /** `[T]` under the sampled prompt and the weights that sampled. */
  readonly behaviorLogprobs?: TokenValues
  /** `[T]` under the trained prompt and the reference policy. */
  readonly referenceLogprobs?: TokenValues
  readonly keys?: SampleKeys
  /** `policy` where absent. */
  readonly origin?: Origin
  /** True where the trained prompt is not the sampled one. */
  readonly rebound?: boolean
}

/** One sample's share of its unit's loss. T is the length of its response. */
export interface ObjectiveResult {
  /** The sample's contribution to the loss: the sum of `losses`. */
  readonly value: number
  /** `[T]` contributions of each token. */
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
 * be seen together (one, unless `unitOf` says otherwise; a preference pair is two) and answers one
 * result a sample.
 */
export interface Objective {
  readonly name: string
  /** One result a sample of the unit. */
  evaluate(unit: readonly ObjectiveInput[]): ObjectiveResult[]
  /** Names the unit a sample belongs to; absent: each sample is its own. */
  readonly unitOf?: (keys: SampleKeys) => string
  readonly wantsEntropy?: boolean
  readonly wantsReference?: boolean
}

/** What an aggregation may look at. */
export interface AggregationItem {
  readonly mask: Uint8Array
  readonly keys: SampleKeys
}

/**
 * Turns the masks and keys of the whole optimizer batch into per-token coefficients `[samples][T]`,
 * 0 where masked. Nobody else owns a denominator, so cutting the batch into micro-batches cannot
 * change the loss.
 */
export type Aggregation = (items: readonly AggregationItem[]) => Float32Array[]
