import { percentileInterval, randomStream, type SessionResult, type Task } from '@icrl/core'
import { byItem } from './conclude.ts'
import type { Cell, Table } from './table.ts'

/** Options of {@link itemIntervals}. */
export interface ItemIntervalsOptions<I extends Task> {
  /** The table of some items and their sessions. */
  readonly score: (items: readonly I[], sessions: readonly SessionResult[]) => Table
  /** What was asked. */
  readonly items: readonly I[]
  /** What came of each. */
  readonly sessions: readonly SessionResult[]
  /** Of the draws. @defaultValue 0 */
  readonly seed?: number
  /** Sets of items that are drawn. @defaultValue 200 */
  readonly resamples?: number
}

/**
 * The 95% interval of each row's first figure, by the bootstrap: items are drawn with replacement,
 * their sessions with them, and scored again. Undefined where a row has no figure, or has none in
 * some of the draws. Items are what chance chose; one item's sessions are not independent.
 *
 * @returns `[rows]` as `0.412–0.688`
 * @example
 * import { itemIntervals, type ItemIntervalsOptions } from '@icrl/evaluators'
 * import type { Task } from '@icrl/core'
 * declare const scored: ItemIntervalsOptions<Task>
 * console.log(itemIntervals(scored))
 */
export function itemIntervals<I extends Task>({
  score,
  items,
  sessions,
  seed = 0,
  resamples = 200,
}: ItemIntervalsOptions<I>): Cell[] {
  const { rows } = score(items, sessions)
  const groups = byItem(items, sessions)
  const draws = rows.map((): number[] => [])
  for (let draw = 0; draw < resamples; draw++) {
    const stream = randomStream(seed, 'items', draw)
    // An item that is drawn twice is two items.
    const drawn = groups.map((_, k) => {
      const { item, sessions: own } = groups[stream.integer(k, groups.length)]
      const id = `${item.id}~${k}`
      return { item: { ...item, id }, sessions: own.map((one) => ({ ...one, task: id })) }
    })
    const table = score(
      drawn.map(({ item }) => item),
      drawn.flatMap((one) => one.sessions),
    )
    const values = new Map(table.rows.map((row) => [labelOf(row), figureOf(row)]))
    rows.forEach((row, at) => {
      const value = values.get(labelOf(row))
      if (value !== undefined) draws[at].push(value)
    })
  }
  return rows.map((row, at) => {
    if (figureOf(row) === undefined || resamples === 0 || draws[at].length < resamples)
      return undefined
    const { low, high } = percentileInterval(draws[at])
    return `${low.toFixed(3)}–${high.toFixed(3)}`
  })
}

/** What a row is of: its words. */
function labelOf(row: readonly Cell[]): string {
  return row.filter((cell) => typeof cell === 'string').join('|')
}

/** The first cell that is no word. */
function figureOf(row: readonly Cell[]): number | undefined {
  return row.find((cell) => typeof cell !== 'string') as number | undefined
}
