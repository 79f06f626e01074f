/**
 * How much better the attempt after a critique is: `r(τ_{i+1}) − r(τ_i)`, in [−1, 1].
 *
 * The critic's reward if every attempt is critiqued, right ones too. Unlike `criticUtility` it
 * gives nothing for a right answer that stays right, and is negative for one that turns wrong.
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
