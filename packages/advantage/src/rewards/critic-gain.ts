/**
 * How much better the attempt after a critique is: `r(τ_{i+1}) − r(τ_i)`, in [−1, 1].
 *
 * The critic's reward where attempts are critiqued whether they failed or not: unlike
 * `criticUtility` it pays nothing for a right answer left right, and charges for one that was
 * "fixed".
 *
 * @param before reward of the critiqued attempt, in [0, 1]
 * @param after reward of the revision, in [0, 1]
 * @example
 * import { criticGain } from '@icrl/advantage'
 * criticGain(1, 0) // -1
 */
export function criticGain(before: number, after: number): number {
  return after - before
}
