import { expect, it } from 'vitest'
import type { PagedSequence } from './page-pool.ts'
import { prefillRows } from './prefill-rows.ts'

/** A sequence with such pages, whose first rows another writes. */
const paged = (pages: number[], shared = 0): PagedSequence => ({ pages, shared })

it('computes equal prompts once and writes each to its pages', () => {
  const { ids, positions, layout, chosen, writes } = prefillRows(
    [Int32Array.of(5, 6), Int32Array.of(7), Int32Array.of(5, 6)],
    [paged([4]), paged([0]), paged([2])],
  )
  expect([...ids]).toEqual([5, 6, 7])
  expect([...positions]).toEqual([0, 1, 0])
  expect(layout).toEqual({ starts: Int32Array.of(0, 2, 3), prefix: Int32Array.of(-1, -1) })
  expect([...chosen]).toEqual([1, 2, 1])
  expect(writes).toEqual({
    sources: Int32Array.of(0, 1, 2, 0, 1),
    pages: Int32Array.of(4, 4, 0, 2, 2),
    rows: Int32Array.of(0, 1, 0, 0, 1),
  })
})

it('computes a long beginning that prompts share once, and writes each shared page once', () => {
  const system = Int32Array.from({ length: 70 }, (_, i) => i)
  const { ids, positions, layout, chosen, writes } = prefillRows(
    [Int32Array.of(...system, 90), Int32Array.of(7), Int32Array.of(...system, 91, 92), system],
    [paged([3, 5]), paged([0]), paged([3, 1], 64), paged([3, 2], 64)],
  )
  expect([...ids]).toEqual([...system, 90, 7, 91, 92])
  expect([...positions]).toEqual([...system, 70, 0, 70, 71])
  expect(layout).toEqual({
    starts: Int32Array.of(0, 70, 71, 72, 74),
    prefix: Int32Array.of(-1, 0, -1, 0),
  })
  expect([...chosen]).toEqual([70, 71, 73, 69])
  const written = [...writes.sources].map((source, m) => [source, writes.pages[m], writes.rows[m]])
  const tail = (page: number): number[][] => [64, 65, 66, 67, 68, 69].map((n) => [n, page, n - 64])
  expect(written.toSorted(([a, b], [c, d]) => a - c || b - d)).toEqual(
    [
      ...Array.from({ length: 64 }, (_, row) => [row, 3, row]),
      ...tail(5),
      [70, 5, 6],
      [71, 0, 0],
      ...tail(1),
      [72, 1, 6],
      [73, 1, 7],
      ...tail(2),
    ].toSorted(([a, b], [c, d]) => a - c || b - d),
  )
})
