/**
 * Arithmetic mean of one number or more, summed in ascending order: a function of the set, so that
 * the order in which samples arrive cannot change a bit.
 */
export function meanOf(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b).reduce((sum, value) => sum + value, 0) / values.length
}
