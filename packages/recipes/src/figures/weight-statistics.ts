import { isRebound, type Sample } from '@icrl/core'
import { meanOf } from './means.ts'

/** Statistics of w_t before the cap, over the trained tokens of rebound samples. */
export interface WeightStatistics {
  readonly mean: number
  /** Share of tokens whose weight the cap lowers. */
  readonly cappedFraction: number
  /** How many equally weighted tokens these are worth, (Σw)² / Σw². */
  readonly effectiveSampleSize: number
  /** Share of tokens that keep less than a tenth of their gradient. */
  readonly mutedFraction: number
  /**
   * Mean over successful samples of their smallest weight: what the token counts that each of them
   * owes most to the critique. Undefined without a success.
   */
  readonly leastOfSuccess?: number
}

/** A token of a smaller weight counts as muted. */
const MUTED = 0.1

/** Statistics of w_t; undefined if no rebound sample has weights. */
export function weightStatistics(
  samples: readonly Sample[],
  capWeights: (weights: Float32Array) => Float32Array,
): WeightStatistics | undefined {
  let [count, sum, squares, capped, muted] = [0, 0, 0, 0, 0]
  const leasts: number[] = []
  for (const sample of samples) {
    const { weights, mask } = sample
    if (!weights || !isRebound(sample)) continue
    const afterCap = capWeights(weights)
    let least = Infinity
    weights.forEach((weight, t) => {
      if (!mask[t]) return
      count++
      sum += weight
      squares += weight * weight
      if (afterCap[t] < weight) capped++
      if (weight < MUTED) muted++
      least = Math.min(least, weight)
    })
    if (sample.success && least < Infinity) leasts.push(least)
  }
  if (count === 0) return undefined
  return {
    mean: sum / count,
    cappedFraction: capped / count,
    effectiveSampleSize: squares === 0 ? 0 : (sum * sum) / squares,
    mutedFraction: muted / count,
    leastOfSuccess: meanOf(leasts),
  }
}
