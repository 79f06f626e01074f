/** A figure with its 95% interval. */
export interface Figure {
  readonly value: number
  readonly low: number
  readonly high: number
}

/** 97.5% quantile of the normal distribution. */
const Z = 1.959963984540054

/**
 * Mean of values in [0, 1] with Wilson's score interval (Wilson 1927), which stays sensible at 0
 * and 1. Several values of one task count as less than so many tasks: the number of values n is
 * divided by the design effect, the ratio of the variance between tasks to that of independent
 * values,
 *
 *     v = Σ_t (Σ_i x_ti − n_t p)² / n²,   n' = p (1 − p) / v, at most n
 *
 * It is the number of tasks if all values are 0 or all are 1, and n for a single task. Undefined if
 * there are no values.
 *
 * @param tasks values of each task, `[tasks][repeats]`, ragged
 */
export function scoreInterval(tasks: readonly (readonly number[])[]): Figure | undefined {
  const held = tasks.filter(({ length }) => length > 0)
  const n = held.reduce((sum, { length }) => sum + length, 0)
  if (n === 0) return undefined
  const p = held.flat().reduce((sum, value) => sum + value, 0) / n
  const effective = effectiveCount(held, n, p)
  const z2 = (Z * Z) / effective
  const center = (p + z2 / 2) / (1 + z2)
  const half = (Z / (1 + z2)) * Math.sqrt((p * (1 - p)) / effective + z2 / (4 * effective))
  return {
    value: p,
    low: Math.min(p, Math.max(0, center - half)),
    high: Math.max(p, Math.min(1, center + half)),
  }
}

function effectiveCount(tasks: readonly (readonly number[])[], n: number, p: number): number {
  if (tasks.length === 1) return n
  const spread =
    tasks.reduce(
      (sum, values) => sum + (values.reduce((a, b) => a + b, 0) - values.length * p) ** 2,
      0,
    ) /
    n ** 2
  if (p <= 0 || p >= 1) return tasks.length
  return spread === 0 ? n : Math.min(n, (p * (1 - p)) / spread)
}

/**
 * Difference of two shares with Newcombe's hybrid of their score intervals (Newcombe 1998, Stat.
 * Med. 17, 873–890, method 10). It assumes that the shares are independent, which overstates the
 * width if they come from the same sessions.
 */
export function differenceInterval(a: Figure, b: Figure): Figure {
  const value = a.value - b.value
  return {
    value,
    low: value - Math.hypot(a.value - a.low, b.high - b.value),
    high: value + Math.hypot(a.high - a.value, b.value - b.low),
  }
}
