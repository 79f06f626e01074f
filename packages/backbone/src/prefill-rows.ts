import { packedLayout } from '@icrl/tfjs-ops'
import type { PackedLayout, WriteCacheOptions } from '@icrl/tfjs-ops'
import { groupEqual } from './group-equal.ts'

/**
 * The rows of a pass over prompts (equal prompts only once), and where each prompt's keys and
 * values go in the cache.
 */
export interface PrefillRows {
  /** `[N]` token ids and their positions. */
  readonly ids: Int32Array
  readonly positions: Int32Array
  readonly layout: PackedLayout
  /** `[prompts]` the last row of each prompt. */
  readonly chosen: Int32Array
  /** Every row of every prompt, also of prompts that share rows. */
  readonly writes: WriteCacheOptions
}

/**
 * Lays prompts out for one pass.
 *
 * @param slots the cache's slot of each prompt
 */
export function prefillRows(prompts: readonly Int32Array[], slots: readonly number[]): PrefillRows {
  const groups = groupEqual(prompts)
  const distinct = groups.flatMap((group, i) => (group === i ? [i] : []))
  const layout = packedLayout(distinct.map((i) => prompts[i].length))
  const startOf = new Map(distinct.map((group, s) => [group, layout.starts[s]]))
  const start = (i: number): number => startOf.get(groups[i]) as number
  const rows = layout.starts[distinct.length]
  const [ids, positions] = [new Int32Array(rows), new Int32Array(rows)]
  for (const i of distinct) {
    ids.set(prompts[i], start(i))
    for (let row = 0; row < prompts[i].length; row++) positions[start(i) + row] = row
  }
  return {
    ids,
    positions,
    layout,
    chosen: Int32Array.from(prompts, ({ length }, i) => start(i) + length - 1),
    writes: cacheWrites(prompts, slots, start),
  }
}

function cacheWrites(
  prompts: readonly Int32Array[],
  slots: readonly number[],
  start: (i: number) => number,
): WriteCacheOptions {
  const total = prompts.reduce((sum, { length }) => sum + length, 0)
  const writes = {
    sources: new Int32Array(total),
    slots: new Int32Array(total),
    rows: new Int32Array(total),
  }
  let at = 0
  prompts.forEach(({ length }, i) => {
    const from = start(i)
    writes.slots.fill(slots[i], at, at + length)
    for (let row = 0; row < length; row++, at++) {
      writes.sources[at] = from + row
      writes.rows[at] = row
    }
  })
  return writes
}
