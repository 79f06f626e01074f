import type { Metrics } from '../run.ts'

/** Values of a metric in the last `window` lines that have it. */
export function recent(metrics: readonly Metrics[], key: string, window: number): number[] {
  return metrics.flatMap((line) => (line[key] === undefined ? [] : [line[key]])).slice(-window)
}

/** The mean of `recent`; undefined if there are no values. */
export function recentMean(
  metrics: readonly Metrics[],
  key: string,
  window: number,
): number | undefined {
  const values = recent(metrics, key, window)
  return values.length === 0
    ? undefined
    : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Sum of a metric over all lines. */
export function total(metrics: readonly Metrics[], key: string): number {
  return metrics.reduce((sum, line) => sum + (line[key] ?? 0), 0)
}
