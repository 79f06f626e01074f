/**
 * True if all rewards of a group are equal, as in a group of one or none. Nothing in it is better
 * than anything else, so most baselines give it no gradient.
 *
 * @example
 * import { hasZeroVariance } from '@icrl/advantage'
 * hasZeroVariance([0, 0, 0]) // true
 * hasZeroVariance([0, 0, 1]) // false
 */
export function hasZeroVariance(rewards: readonly number[]): boolean {
  return rewards.every((reward) => reward === rewards[0])
}
