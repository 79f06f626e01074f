import { IcrlError } from '@icrl/core'

/** Returns raw weights bounded for the objective; does not change its argument. */
export type WeightBound = (weights: Float32Array) => Float32Array

/** Options of {@link capWeights}. */
export interface CapWeightsOptions {
  /** w_max, `Infinity` for none. @defaultValue 2 */
  readonly cap?: number
  /** Least weight. @defaultValue 0 */
  readonly floor?: number
}

/**
 * Truncates weights from above and below: `min(max(w_t, floor), w_max)`.
 *
 * ICRL (arXiv 2605.15224) eq. 6 with w_max = 2 and floor 0: truncated importance sampling, whose
 * cap bounds the variance.
 *
 * @throws `invalid-option` unless 0 ≤ floor ≤ cap and cap > 0
 * @example
 * import { capWeights } from '@icrl/calibration'
 * capWeights({ cap: 2 })(Float32Array.of(0.5, 9)) // [0.5, 2]
 */
export function capWeights({ cap = 2, floor = 0 }: CapWeightsOptions = {}): WeightBound {
  if (!(floor >= 0 && floor <= cap && cap > 0))
    throw new IcrlError(`capWeights: floor ${floor}, cap ${cap}.`, {
      code: 'invalid-option',
      remedy: 'Use 0 ≤ floor ≤ cap and a cap above 0.',
    })
  return (weights) => weights.map((weight) => Math.min(Math.max(weight, floor), cap))
}
