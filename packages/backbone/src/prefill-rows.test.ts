import { expect, it } from 'vitest'
import { prefillRows } from './prefill-rows.ts'

it('computes equal prompts once and writes each to its slot', () => {
  const { ids, positions, layout, chosen, writes } = prefillRows(
    [Int32Array.of(5, 6), Int32Array.of(7), Int32Array.of(5, 6)],
    [4, 0, 2],
  )
  expect([...ids]).toEqual([5, 6, 7])
  expect([...positions]).toEqual([0, 1, 0])
  expect(layout).toEqual({ starts: Int32Array.of(0, 2, 3), prefix: Int32Array.of(-1, -1) })
  expect([...chosen]).toEqual([1, 2, 1])
  expect(writes).toEqual({
    sources: Int32Array.of(0, 1, 2, 0, 1),
    slots: Int32Array.of(4, 4, 0, 2, 2),
    rows: Int32Array.of(0, 1, 0, 0, 1),
  })
})
