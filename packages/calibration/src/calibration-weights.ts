import { isRebound, type Sample, type WeightRule } from '@icrl/core'
import { logWeights, weightOf } from './log-weights.ts'

/** Which samples a weight rule weighs. */
export interface CalibrationWeightsOptions {
  /**
   * Samples that are weighed; the others keep weight 1. Default: those trained under another prompt
   * than they were sampled under.
   */
  readonly appliesTo?: (sample: Sample) => boolean
}

/**
 * ICRL's distribution-calibration weights, one a token, uncapped:
 *
 *     w_t = π_old(y_t | q, y_<t) / π_old(y_t | q, c, y_<t) = exp(oldLogprobs − behaviorLogprobs)
 *
 * ICRL (arXiv 2605.15224) eq. 4. Below 1 the token leans on the critique, at 1 it would be said
 * unprompted, above 1 the solver prefers it without. A constant: no gradient flows through it. The
 * prefix product is dropped, so it is biased with low variance; `sequenceWeights` is the unbiased
 * one.
 *
 * The authors' released code weighs and caps every token, which also corrects an engine that
 * samples otherwise than it trains: `appliesTo: () => true`.
 *
 * @returns a rule from a sample to its weights `[T]` (1 where masked), or undefined for all 1
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
