/**
 * True where all rewards of a group are equal, a group of one or none included: nothing in it is
 * better than anything else, so most baselines give it no gradient.
 *
 * @example
 * import { isFlat } from '@icrl/advantage'
 * isFlat([0, 0, 0]) // true
 * isFlat([0, 0, 1]) // false
 */
export function isFlat(rewards: readonly number[]): boolean {
  return rewards.every((reward) => reward === rewards[0])
}
