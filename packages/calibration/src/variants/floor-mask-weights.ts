import { IcrlError, isRebound, type WeightRule } from '@icrl/core'
import type { CalibrationWeightsOptions } from '../calibration-weights.ts'
import { oldLogprobsOf, type WeightInput } from '../log-weights.ts'

/** Options of {@link floorMaskWeights}. */
export interface FloorMaskWeightsOptions<S = WeightInput> extends CalibrationWeightsOptions<S> {
  /**
   * p_min in (0, 1]: tokens less likely than this without help are not learned.
   *
   * @defaultValue e⁻⁵
   */
  readonly minimum?: number
  /** κ: weight of the tokens that are learned. @defaultValue 1 */
  readonly coefficient?: number
}

/**
 * Learns a guided token only if the policy would at least sometimes write it without help. The
 * behavior probability plays no part:
 *
 *     w_t = κ · 1[π_old(y_t | q, y_<t) ≥ p_min]
 *
 * RLTF-SD (arXiv 2602.02482): log p_min = −5, κ = 0.1. EMPO² (arXiv 2602.23008): a floor alone,
 * κ = 1; it takes the probability from the current policy, this rule from the one that sampled,
 * which is the same with one optimizer step per batch.
 *
 * @throws `invalid-option` unless 0 < minimum ≤ 1; `invalid-shape` for a rebound sample without old
 * log-probabilities
 * @example
 * import { floorMaskWeights } from '@icrl/calibration'
 * const rltf = floorMaskWeights({ minimum: Math.exp(-5), coefficient: 0.1 })
 */
export function floorMaskWeights<S extends WeightInput = WeightInput>({
  minimum = Math.exp(-5),
  coefficient = 1,
  appliesTo = isRebound,
}: FloorMaskWeightsOptions<S> = {}): WeightRule<S> {
  if (!(minimum > 0 && minimum <= 1))
    throw new IcrlError(`floorMaskWeights: minimum is ${minimum}.`, {
      code: 'invalid-option',
      remedy: 'Use a probability above 0.',
    })
  const floor = Math.log(minimum)
  return (sample) => {
    if (!appliesTo(sample)) return undefined
    const old = oldLogprobsOf(sample)
    return Float32Array.from(sample.mask, (trained, t) =>
      !trained ? 1 : old[t] >= floor ? coefficient : 0,
    )
  }
}
