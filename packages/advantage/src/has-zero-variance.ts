/**
 * True where all rewards of a group are equal, a group of one or none included: nothing in it is
 * better than anything else, so most baselines give it no gradient.
 *
 * @example
 * import { hasZeroVariance } from '@icrl/advantage'
 * hasZeroVariance([0, 0, 0]) // true
 * hasZeroVariance([0, 0, 1]) // false
 */
export function hasZeroVariance(rewards: readonly number[]): boolean {
  return rewards.every((reward) => reward === rewards[0])
}
