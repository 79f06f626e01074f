import { PAGE_ROWS, type PackedLayout, type WriteCacheOptions } from '@icrl/tfjs-ops'
import type { PagedSequence } from './page-pool.ts'
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
  /** The rows of every prompt that are its own to write. */
  readonly writes: WriteCacheOptions
}

/**
 * Lays prompts out for one pass.
 *
 * @param sequences the cache's pages of each prompt
 */
export function prefillRows(
  prompts: readonly Int32Array[],
  sequences: readonly PagedSequence[],
): PrefillRows {
  const tree = new PromptTree()
  const segments = prompts.map((prompt) => tree.add(prompt))
  const rows = new SegmentRows()
  const chosen = Int32Array.from(segments, (segment) => rows.place(segment).end)
  return { ...rows.finish(), chosen, writes: cacheWrites(segments, sequences, rows) }
}

function cacheWrites(
  prompts: readonly PromptSegment[],
  sequences: readonly PagedSequence[],
  rows: SegmentRows,
): WriteCacheOptions {
  const total = prompts.reduce((sum, { end }, i) => sum + end - sequences[i].shared, 0)
  const writes = {
    sources: new Int32Array(total),
    pages: new Int32Array(total),
    rows: new Int32Array(total),
  }
  let at = 0
  prompts.forEach((prompt, i) => {
    const { pages, shared } = sequences[i]
    for (let part: PromptSegment | undefined = prompt; part; part = part.parent) {
      const last = rows.place(part).end
      for (let row = Math.max(part.start, shared); row < part.end; row++, at++) {
        writes.sources[at] = last - (part.end - 1 - row)
        writes.pages[at] = pages[Math.floor(row / PAGE_ROWS)]
        writes.rows[at] = row % PAGE_ROWS
      }
    }
  })
  return writes
}
