import type { Sample } from '@icrl/core'

/** What is worth watching in the weights of a batch. */
export interface WeightDiagnostics {
  /** Trained tokens with a weight. */
  readonly tokens: number
  /**
   * Mean weight before the cap: below 1 while the solver needs the critiques, and rising as it
   * learns to do without.
   */
  readonly mean: number
  /** The largest weight. */
  readonly largest: number
  /** Share of tokens above the cap. */
  readonly cappedShare: number
  /**
   * (Σw)² / Σw²: how many equally weighted tokens these are worth, in [1, tokens]; 0 if every
   * weight is 0.
   */
  readonly effectiveSampleSize: number
  /**
   * Mean of w − 1 − log w, an estimate of KL(π(· | q, c) ‖ π(· | q)) per token, nats, never
   * negative.
   */
  readonly kl: number
}

/** A weight of 0 counts as the smallest one float32 can hold. */
const SMALLEST = 1.401298464324817e-45

/**
 * Statistics of a batch's raw weights, over the trained tokens of the samples that have weights.
 * Undefined if there is no such token. `cap` is 2 by default.
 *
 * @example
 * import { diagnoseWeights } from '@icrl/calibration'
 * diagnoseWeights([{ weights: Float32Array.of(0.5, 3), mask: Uint8Array.of(1, 1) }], { cap: 2 }) // mean 1.75, cappedShare 0.5 …
 */
export function diagnoseWeights(
  samples: readonly Pick<Sample, 'weights' | 'mask'>[],
  { cap = 2 }: { readonly cap?: number } = {},
): WeightDiagnostics | undefined {
  const weights = samples.flatMap(({ weights: values, mask }) =>
    values ? Array.from(values).filter((_, t) => mask[t]) : [],
  )
  if (weights.length === 0) return undefined
  const largest = weights.reduce((most, weight) => Math.max(most, weight), 0)
  const sum = sumOf(weights, (weight) => weight)
  // Relative to the largest, so that squares neither overflow nor vanish.
  const squares = sumOf(weights, (weight) => (weight / largest) ** 2)
  return {
    tokens: weights.length,
    mean: sum / weights.length,
    largest,
    cappedShare: sumOf(weights, (weight) => (weight > cap ? 1 : 0)) / weights.length,
    effectiveSampleSize: largest === 0 ? 0 : (sum / largest) ** 2 / squares,
    kl:
      sumOf(weights, (weight) => weight - 1 - Math.log(Math.max(weight, SMALLEST))) /
      weights.length,
  }
}

function sumOf(values: readonly number[], term: (value: number) => number): number {
  return values.reduce((sum, value) => sum + term(value), 0)
}
