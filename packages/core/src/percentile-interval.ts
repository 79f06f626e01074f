/**
 * The central 95% of resampled values: their 2.5th and 97.5th percentile, by nearest rank. Infinite
 * values are allowed.
 *
 * @example
 * percentileInterval(Array.from({ length: 1000 }, (_, i) => i)) // { low: 24, high: 974 }
 */
export function percentileInterval(values: readonly number[]): {
  readonly low: number
  readonly high: number
} {
  const sorted = Float64Array.from(values).sort()
  const rank = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]
  return { low: rank(0.025), high: rank(0.975) }
}
