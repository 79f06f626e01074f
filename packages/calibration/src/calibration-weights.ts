import { isRebound, type WeightRule } from '@icrl/core'
import { logWeights, weightOf, type WeightInput } from './log-weights.ts'

/** Which samples a weight rule applies to; S is what that is decided by. */
export interface CalibrationWeightsOptions<S = WeightInput> {
  /**
   * True for samples whose tokens get weights; the others keep weight 1.
   *
   * @defaultValue `isRebound`, that is samples trained under another prompt than they were sampled
   *   under
   */
  readonly appliesTo?: (sample: S) => boolean
}

/**
 * ICRL's distribution-calibration weights, one per token, uncapped:
 *
 *     w_t = π_old(y_t | q, y_<t) / π_old(y_t | q, c, y_<t) = exp(oldLogprobs − behaviorLogprobs)
 *
 * ICRL (arXiv 2605.15224) eq. 4. Below 1, the token owes something to the critique; at 1, it is as
 * likely without one; above 1, the solver prefers it without. The weight is a constant: no gradient
 * flows through it. The product over the prefix is dropped, which makes it biased but of low
 * variance; `sequenceWeights` is unbiased.
 *
 * The authors' released code weights and caps every token. That also corrects an engine that
 * samples differently from how it trains: `appliesTo: () => true`.
 *
 * @returns a rule from a sample to its weights `[T]` (1 where masked), or undefined if all are 1
 * @throws `invalid-shape` for a rebound sample without old log-probabilities, `non-finite` naming
 * the token
 * @example
 * import { calibrationWeights } from '@icrl/calibration'
 * import type { Sample } from '@icrl/core'
 * const weights = calibrationWeights()({
 *   id: 'revision',
 *   sampledUnder: Int32Array.of(1, 2), // with the critique
 *   trainedUnder: Int32Array.of(1), // without
 *   mask: Uint8Array.of(1),
 *   behaviorLogprobs: Float32Array.of(Math.log(0.6)),
 *   oldLogprobs: Float32Array.of(Math.log(0.3)),
 * }) // [0.5]
 * const secondRound = calibrationWeights({ appliesTo: ({ keys }: Sample) => keys.round === 2 })
 */
export function calibrationWeights<S extends WeightInput = WeightInput>({
  appliesTo = isRebound,
}: CalibrationWeightsOptions<S> = {}): WeightRule<S> {
  return (sample) => {
    const logs = appliesTo(sample) ? logWeights(sample) : undefined
    return logs && Float32Array.from(logs, weightOf)
  }
}
