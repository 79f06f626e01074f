/**
 * The mean, or undefined of nothing.
 *
 * @example
 * import { mean } from '@icrl/evaluators'
 * mean([1, 2]) // 1.5
 */
export function mean(values: readonly number[]): number | undefined {
  if (values.length === 0) return undefined
  return values.reduce((sum, value) => sum + value, 0) / values.length
}

/**
 * The share of which something holds, or undefined of nothing.
 *
 * @example
 * import { share } from '@icrl/evaluators'
 * share([1, 2, 3, 4], (value) => value > 3) // 0.25
 */
export function share<T>(of: readonly T[], holds: (one: T) => boolean): number | undefined {
  return mean(of.map((one) => Number(holds(one))))
}
