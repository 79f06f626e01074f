import { isRebound, type Sample, type WeightRule } from '@icrl/core'
import { logWeights, weightOf } from './log-weights.ts'

/** Which samples a weight rule applies to. */
export interface CalibrationWeightsOptions {
  /**
   * True for samples whose tokens get weights; the others keep weight 1. Default: `isRebound`, that
   * is samples trained under another prompt than they were sampled under.
   */
  readonly appliesTo?: (sample: Sample) => boolean
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
 * declare const revision: Sample
 * const weights = calibrationWeights()(revision)
 */
export function calibrationWeights({
  appliesTo = isRebound,
}: CalibrationWeightsOptions = {}): WeightRule {
  return (sample) => {
    const logs = appliesTo(sample) ? logWeights(sample) : undefined
    return logs && Float32Array.from(logs, weightOf)
  }
}
