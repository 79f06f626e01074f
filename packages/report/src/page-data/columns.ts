import type { Metrics } from '../run.ts'
import type { Columns } from './report-data.ts'

/**
 * Turns lines into columns. It keeps every `nth` line and the last one, and rounds numbers to the
 * precision of a chart.
 */
export function toColumns(lines: readonly Metrics[], nth: number): Columns {
  const kept = lines.filter((_, i) => i % nth === 0 || i === lines.length - 1)
  const keys = [...new Set(kept.flatMap((line) => Object.keys(line)))]
  return Object.fromEntries(
    keys.map((key) => [
      key,
      kept.map((line) => (line[key] === undefined ? null : rounded(line[key]))),
    ]),
  )
}

/** Six significant digits; whole numbers as they are. */
export function rounded(value: number): number {
  return Number.isInteger(value) ? value : Number(value.toPrecision(6))
}

/** Sums of the keys with a prefix, by the rest of the key. */
export function sumsOf(lines: readonly Metrics[], prefix: string): Record<string, number> {
  const sums: Record<string, number> = {}
  for (const line of lines) {
    for (const [key, value] of Object.entries(line))
      if (key.startsWith(prefix))
        sums[key.slice(prefix.length)] = (sums[key.slice(prefix.length)] ?? 0) + value
  }
  return sums
}
