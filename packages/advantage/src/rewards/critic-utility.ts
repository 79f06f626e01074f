/**
 * What a critique was worth: 1 if the attempt after it succeeds, else how much better that attempt
 * is (below 0 if it is worse; 0 if both failed and outcomes are binary).
 *
 *     r(c_i) = 1 if r(τ_{i+1}) = 1, else r(τ_{i+1}) − r(τ_i)
 *
 * ICRL (arXiv 2605.15224) eq. 3. Success is a reward of 1 exactly.
 *
 * @param before reward of the critiqued attempt, in [0, 1]
 * @param after reward of the revision, in [0, 1]
 * @example
 * import { criticUtility } from '@icrl/advantage'
 * criticUtility(0.2, 1) // 1
 * criticUtility(0.6, 0.2) // -0.4
 */
export function criticUtility(before: number, after: number): number {
  return after === 1 ? 1 : after - before
}
