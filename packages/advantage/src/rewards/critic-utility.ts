import type { Outcome } from '@icrl/core'

/**
 * What a critique was worth: 1 if the attempt after it succeeds, else how much better that attempt
 * is (below 0 if it is worse; 0 if both failed and outcomes are binary).
 *
 *     r(c_i) = 1 if τ_{i+1} succeeds, else r(τ_{i+1}) − r(τ_i)
 *
 * ICRL (arXiv 2605.15224) eq. 3, where a success is a reward of 1.
 *
 * @param before outcome of the critiqued attempt
 * @param after outcome of the revision
 * @example
 * import { criticUtility } from '@icrl/advantage'
 * criticUtility({ reward: 0.2 }, { reward: 1, success: true }) // 1
 * criticUtility({ reward: 0.6 }, { reward: 0.2, success: false }) // -0.4
 */
export function criticUtility(before: Pick<Outcome, 'reward'>, after: Outcome): number {
  return after.success ? 1 : after.reward - before.reward
}
