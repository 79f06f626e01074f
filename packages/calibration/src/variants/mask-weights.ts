import { IcrlError } from '@icrl/core'
import type { WeightBound } from '../cap-weights.ts'

/** Options of {@link maskWeights}. */
export interface MaskWeightsOptions {
  /** Least weight that is kept. @defaultValue 0.5 */
  readonly low?: number
  /** Largest weight that is kept. @defaultValue 2 */
  readonly high?: number
}

/**
 * Drops tokens whose weight is far from 1 instead of truncating it: `w_t · 1[low ≤ w_t ≤ high]`
 * (IcePop's double-sided mask). Unlike with a cap, a token that is much more likely without the
 * critique is not learned either.
 *
 * @throws `invalid-option` unless 0 ≤ low ≤ high and high > 0
 * @example
 * import { maskWeights } from '@icrl/calibration'
 * maskWeights({ low: 0.5, high: 2 })(Float32Array.of(0.1, 1.5, 9)) // [0, 1.5, 0]
 */
export function maskWeights({ low = 0.5, high = 2 }: MaskWeightsOptions = {}): WeightBound {
  if (!(low >= 0 && low <= high && high > 0))
    throw new IcrlError(`maskWeights: low ${low}, high ${high}.`, {
      code: 'invalid-option',
      remedy: 'Use 0 ≤ low ≤ high and a high above 0.',
    })
  return (weights) => weights.map((weight) => (weight >= low && weight <= high ? weight : 0))
}
