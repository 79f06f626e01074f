import { isRebound, type Sample } from '@icrl/core'

/** Statistics of w_t before the cap, over the trained tokens of rebound samples. */
export interface WeightStatistics {
  readonly mean: number
  /** Share of tokens whose weight the cap lowers. */
  readonly cappedFraction: number
  /** How many equally weighted tokens these are worth, (Σw)² / Σw². */
  readonly effectiveSampleSize: number
}

/** Statistics of w_t; undefined if no rebound sample has weights. */
export function weightStatistics(
  samples: readonly Sample[],
  capWeights: (weights: Float32Array) => Float32Array,
): WeightStatistics | undefined {
  let [count, sum, squares, capped] = [0, 0, 0, 0]
  for (const sample of samples) {
    const { weights, mask } = sample
    if (!weights || !isRebound(sample)) continue
    const afterCap = capWeights(weights)
    weights.forEach((weight, t) => {
      if (!mask[t]) return
      count++
      sum += weight
      squares += weight * weight
      if (afterCap[t] < weight) capped++
    })
  }
  if (count === 0) return undefined
  return {
    mean: sum / count,
    cappedFraction: capped / count,
    effectiveSampleSize: squares === 0 ? 0 : (sum * sum) / squares,
  }
}
