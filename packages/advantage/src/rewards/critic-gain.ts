import type { Outcome } from '@icrl/core'

/**
 * How much better the attempt after a critique is: `r(τ_{i+1}) − r(τ_i)`.
 *
 * The critic's reward if every attempt is critiqued, right ones too. Unlike `criticUtility` it
 * gives nothing for a right answer that stays right, and is negative for one that turns wrong.
 *
 * @param before outcome of the critiqued attempt
 * @param after outcome of the revision
 * @example
 * import { criticGain } from '@icrl/advantage'
 * criticGain({ reward: 1 }, { reward: 0 }) // -1
 */
export function criticGain(
  before: Pick<Outcome, 'reward'>,
  after: Pick<Outcome, 'reward'>,
): number {
  return after.reward - before.reward
}
