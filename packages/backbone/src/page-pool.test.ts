import { drawStream } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { drawKey } from '../test/draw-key.ts'
import { type PagedSequence, PagePool } from './page-pool.ts'

const ROWS = 4
const tokens = (...values: number[]): Int32Array => Int32Array.from(values)
const sizes = { pages: 20, rows: ROWS }

/** What a sequence was opened with. */
interface Opened {
  readonly prompt: Int32Array
  readonly rows: number
}

/** Says what is wrong with the pages of sequences that are open, if anything is. */
function faultOf(pool: PagePool, open: ReadonlyMap<PagedSequence, Opened>): string | undefined {
  const holders = new Map<number, { opened: Opened; at: number }>()
  let promised = 0
  for (const [{ pages }, opened] of open) {
    promised += Math.ceil(opened.rows / ROWS) - pages.length
    for (const [at, page] of pages.entries()) {
      const other = holders.get(page)
      const same = other && opened.prompt.subarray(0, (at + 1) * ROWS).join()
      const isShared =
        other?.at === at &&
        (at + 1) * ROWS <= Math.min(opened.prompt.length, other.opened.prompt.length) &&
        other.opened.prompt.subarray(0, (at + 1) * ROWS).join() === same
      if (other && !isShared) return `page ${page} is used twice`
      if (page >= pool.size || page < 0) return `page ${page} is not in [0, ${pool.size})`
      holders.set(page, { opened, at })
    }
  }
  if (pool.taken !== holders.size) return `${pool.taken} pages taken, ${holders.size} held`
  if (pool.size > pool.pages) return `${pool.size} pages, of ${pool.pages}`
  const left = pool.pages - holders.size - promised
  return pool.left === left ? undefined : `${pool.left} pages left, not ${left}`
}

interface Operations {
  readonly open: PagePool['open']
  readonly append: PagePool['append']
  readonly free: PagePool['free']
}

/** Opens, appends and frees at random; the first fault that shows. */
function faultIn(
  pool: PagePool,
  { open, append, free }: Operations,
  seed: number,
): string | undefined {
  const stream = drawStream(drawKey(seed))
  let drawn = 0
  const below = (count: number): number => Math.floor(stream.uniform(drawn++) * count)
  const sequences = new Map<PagedSequence, Opened>()
  const rowsOf = new Map<PagedSequence, number>()
  for (let step = 0; step < 400; step++) {
    const all = [...sequences.keys()]
    const action = below(4)
    if (action < 2) {
      // Few different tokens, so that prompts often begin alike.
      const prompt = Int32Array.from({ length: 1 + below(14) }, (_, i) =>
        i % 5 === 0 ? below(2) : 0,
      )
      const opened = { prompt, rows: prompt.length + below(10) }
      const sequence = open(prompt, opened.rows)
      if (sequence === undefined) {
        if (all.length === 0) return 'an empty pool has no room'
        continue
      }
      if (sequence.pages.length !== Math.ceil(prompt.length / ROWS)) return 'a prompt lacks pages'
      sequences.set(sequence, opened)
      rowsOf.set(sequence, prompt.length)
    } else if (all.length > 0) {
      const sequence = all[below(all.length)]
      const rows = rowsOf.get(sequence)!
      if (action === 2 && rows < sequences.get(sequence)!.rows) {
        append(sequence, rows + 1)
        rowsOf.set(sequence, rows + 1)
        if (sequence.pages.length * ROWS <= rows) return 'a row has no page'
      } else {
        free(sequence)
        sequences.delete(sequence)
      }
    }
    const fault = faultOf(pool, sequences)
    if (fault !== undefined) return fault
  }
  for (const sequence of sequences.keys()) free(sequence)
  return pool.taken === 0 && pool.left === pool.pages ? undefined : 'pages are lost'
}

const operationsOf = (pool: PagePool): Operations => ({
  open: (prompt, rows) => pool.open(prompt, rows),
  append: (sequence, rows) => pool.append(sequence, rows),
  free: (sequence) => pool.free(sequence),
})

describe('a pool of pages', () => {
  it.each(Array.from({ length: 30 }, (_, seed) => seed))(
    'uses none twice and loses none, however sequences come and go (seed %i)',
    (seed) => {
      const pool = new PagePool(sizes)
      expect(faultIn(pool, operationsOf(pool), seed)).toBeUndefined()
    },
  )

  it('is found out when it frees a sequence early, or forgets to', () => {
    for (const plant of ['early', 'never'] as const) {
      const pool = new PagePool(sizes)
      const right = operationsOf(pool)
      let opened: PagedSequence | undefined
      const wrong: Operations = {
        ...right,
        open: (prompt, rows) => {
          // Its holder knows nothing of it.
          if (plant === 'early' && opened !== undefined) pool.free(opened)
          opened = right.open(prompt, rows)
          return opened
        },
        free: (sequence) => {
          if (plant === 'early') pool.free(sequence)
        },
      }
      expect(faultIn(pool, wrong, 0), plant).toMatch(/used twice|pages taken|pages left/)
    }
  })

  it('shares the full pages of prompts that begin alike, while someone holds them', () => {
    const pool = new PagePool(sizes)
    const first = pool.open(tokens(1, 2, 3, 4, 5, 6), 10)!
    const second = pool.open(tokens(1, 2, 3, 4, 5, 6), 10)!
    const longer = pool.open(tokens(1, 2, 3, 4, 5, 6, 7, 8, 9), 12)!
    const other = pool.open(tokens(9, 2, 3, 4, 5, 6, 7, 8), 8)!
    expect([first, second, longer, other].map(({ shared }) => shared)).toEqual([0, 4, 4, 0])
    expect(second.pages[0]).toBe(first.pages[0])
    expect(second.pages[1]).not.toBe(first.pages[1])
    expect(longer.pages[0]).toBe(first.pages[0])
    expect(pool.taken).toBe(1 + 1 + 1 + 2 + 2)
    for (const sequence of [first, second, longer]) pool.free(sequence)
    expect(pool.taken).toBe(2)
    expect(pool.open(tokens(1, 2, 3, 4, 5, 6), 10)!.shared).toBe(0)
  })

  it('promises the pages of all rows when a sequence opens, and takes them when it gets there', () => {
    const pool = new PagePool({ pages: 4, rows: ROWS })
    const first = pool.open(tokens(1), 12)!
    expect([pool.taken, pool.left]).toEqual([1, 1])
    expect(pool.open(tokens(2), 5)).toBeUndefined()
    const second = pool.open(tokens(2), 4)!
    pool.append(first, 9)
    expect([pool.taken, pool.left]).toEqual([4, 0])
    pool.free(first)
    expect([pool.taken, pool.left]).toEqual([1, 3])
    pool.free(second)
    expect(pool.open(tokens(3), 16)).toBeDefined()
    expect(pool.size).toBe(4)
  })

  it('says what would help if a sequence can never fit, or grows beyond its promise', () => {
    const pool = new PagePool({ pages: 2, rows: ROWS })
    expect(() => pool.open(tokens(1), 9)).toThrow(
      'up to 12 tokens needs 3 pages, and the cache has 2 of 4 tokens. Raise `cacheTokens` to 12 or more, or lower `maxTokens`',
    )
    const sequence = pool.open(tokens(1), 4)!
    expect(() => pool.append(sequence, 5)).toThrow(
      'was promised 1 pages of 4 rows, and gets to row 5',
    )
    pool.free(sequence)
    expect(() => pool.free(sequence)).toThrow('has been freed')
    expect(() => pool.append(sequence, 2)).toThrow('has been freed')
  })
})
