/**
 * Turns the rewards `[G]` of one group into its advantages `[G]`. Groups may differ in size: any
 * G ≥ 1. The order of a group's rewards never changes a bit of its advantages.
 *
 * @example
 * import type { Baseline } from '@icrl/advantage'
 * const halfway: Baseline = (rewards) => rewards.map((reward) => reward - 0.5)
 */
export type Baseline = (rewards: readonly number[]) => number[]

/**
 * Arithmetic mean of one number or more. Summed in ascending order, so that the order in which
 * samples arrive cannot change a bit.
 */
export function meanOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b).reduce((sum, value) => sum + value, 0) / values.length
}
