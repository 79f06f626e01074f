import { isRebound, type WeightRule } from '@icrl/core'
import type { CalibrationWeightsOptions } from '../calibration-weights.ts'
import { logWeights, weightOf, type WeightInput } from '../log-weights.ts'

/**
 * One weight per response, the exact importance ratio of the whole of it:
 *
 *     w = Π_t π_old(y_t | q, y_<t) / π_old(y_t | q, c, y_<t)
 *
 * Unbiased, but its variance grows exponentially with length: it is almost always capped, or almost
 * 0. Meant for comparison with `calibrationWeights`.
 *
 * @throws `invalid-shape` for a rebound sample without old log-probabilities, `non-finite` naming
 * the token
 * @example
 * import { sequenceWeights } from '@icrl/calibration'
 * import type { Sample } from '@icrl/core'
 * declare const revision: Sample
 * const weights = sequenceWeights()(revision)
 */
export function sequenceWeights<S extends WeightInput = WeightInput>({
  appliesTo = isRebound,
}: CalibrationWeightsOptions<S> = {}): WeightRule<S> {
  return (sample) => {
    const logs = appliesTo(sample) ? logWeights(sample) : undefined
    if (!logs) return undefined
    const weight = weightOf(logs.reduce((sum, log) => sum + log, 0))
    return Float32Array.from(sample.mask, (trained) => (trained ? weight : 1))
  }
}
