import type { PackedLayout, WriteCacheOptions } from '@icrl/tfjs-ops'
import { type PromptSegment, PromptTree } from './prompt-tree.ts'
import { SegmentRows } from './segment-rows.ts'

/**
 * The rows of a pass over prompts, what they share only once, and where each prompt's keys and
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
  const tree = new PromptTree()
  const segments = prompts.map((prompt) => tree.add(prompt))
  const rows = new SegmentRows()
  const chosen = Int32Array.from(segments, (segment) => rows.place(segment).end)
  return { ...rows.finish(), chosen, writes: cacheWrites(segments, slots, rows) }
}

function cacheWrites(
  prompts: readonly PromptSegment[],
  slots: readonly number[],
  rows: SegmentRows,
): WriteCacheOptions {
  const total = prompts.reduce((sum, { end }) => sum + end, 0)
  const writes = {
    sources: new Int32Array(total),
    slots: new Int32Array(total),
    rows: new Int32Array(total),
  }
  let at = 0
  prompts.forEach((prompt, i) => {
    writes.slots.fill(slots[i], at, at + prompt.end)
    for (let part: PromptSegment | undefined = prompt; part; part = part.parent) {
      const last = rows.place(part).end
      for (let row = part.start; row < part.end; row++) {
        writes.sources[at + row] = last - (part.end - 1 - row)
        writes.rows[at + row] = row
      }
    }
    at += prompt.end
  })
  return writes
}
