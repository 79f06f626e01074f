import { isRebound, type WeightRule } from '@icrl/core'
import type { CalibrationWeightsOptions } from '../calibration-weights.ts'
import { logWeights, weightOf, type WeightInput } from '../log-weights.ts'

/**
 * One weight per response, the geometric mean of its token weights:
 *
 *     w = exp( 1/|y| Σ_t log w_t )
 *
 * The normalization of GSPO's ratio (arXiv 2507.18071) applied to ICRL's eq. 4: the weight is of a
 * token weight's size, however long the response. |y| counts trained tokens.
 *
 * @throws `invalid-shape` for a rebound sample without old log-probabilities, `non-finite` naming
 * the token
 * @example
 * import { geometricMeanWeights } from '@icrl/calibration'
 * import type { Sample } from '@icrl/core'
 * declare const revision: Sample
 * const weights = geometricMeanWeights()(revision)
 */
export function geometricMeanWeights<S extends WeightInput = WeightInput>({
  appliesTo = isRebound,
}: CalibrationWeightsOptions<S> = {}): WeightRule<S> {
  return (sample) => {
    const logs = appliesTo(sample) ? logWeights(sample) : undefined
    if (!logs) return undefined
    const tokens = sample.mask.reduce((sum, trained) => sum + (trained ? 1 : 0), 0)
    const weight = tokens === 0 ? 1 : weightOf(logs.reduce((sum, log) => sum + log, 0) / tokens)
    return Float32Array.from(sample.mask, (trained) => (trained ? weight : 1))
  }
}
