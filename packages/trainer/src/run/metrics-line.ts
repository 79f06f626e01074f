import { IcrlError } from '@icrl/core'
import type { Metrics } from '../train-options.ts'

/**
 * A metrics object of the entries that have a value, in the order given. The key of one that has
 * none is left out; no value is ever NaN.
 *
 * @throws `non-finite` or, for a key that comes twice, `invalid-option`, naming the key.
 */
export function collectMetrics(entries: Iterable<readonly [string, number | undefined]>): Metrics {
  const metrics: Record<string, number> = {}
  for (const [key, value] of entries) {
    if (value === undefined) continue
    if (!Number.isFinite(value))
      throw new IcrlError(`metric "${key}" is ${value}.`, {
        code: 'non-finite',
        remedy: 'Look at the step’s samples and at what computes this metric.',
      })
    if (Object.hasOwn(metrics, key))
      throw new IcrlError(`metric "${key}" is given twice.`, {
        code: 'invalid-option',
        remedy:
          'Rename the figure of the recipe (`metrics`, `onEvaluate`) or the condition that has this name.',
      })
    metrics[key] = value === 0 ? 0 : value
  }
  return metrics
}

/** The mean; undefined if there are no values. */
export function meanOf(values: readonly number[]): number | undefined {
  return values.length === 0
    ? undefined
    : values.reduce((sum, value) => sum + value, 0) / values.length
}

/** Share of the items that satisfy `holds`; undefined if there are no items. */
export function shareOf<Item>(
  items: readonly Item[],
  holds: (item: Item) => boolean,
): number | undefined {
  return items.length === 0 ? undefined : items.filter(holds).length / items.length
}

/** A line of a `.jsonl` file, newline included. */
export function lineOf(value: unknown): string {
  return `${JSON.stringify(value)}\n`
}
