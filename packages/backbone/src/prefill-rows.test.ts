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

it('computes a long beginning that prompts share once, and writes it to each slot', () => {
  const system = Int32Array.from({ length: 40 }, (_, i) => i)
  const { ids, positions, layout, chosen, writes } = prefillRows(
    [Int32Array.of(...system, 90), Int32Array.of(7), Int32Array.of(...system, 91, 92), system],
    [3, 0, 1, 2],
  )
  expect([...ids]).toEqual([...system, 90, 7, 91, 92])
  expect([...positions]).toEqual([...system, 40, 0, 40, 41])
  expect(layout).toEqual({
    starts: Int32Array.of(0, 40, 41, 42, 44),
    prefix: Int32Array.of(-1, 0, -1, 0),
  })
  expect([...chosen]).toEqual([40, 41, 43, 39])
  expect([...writes.sources]).toEqual([...system, 40, 41, ...system, 42, 43, ...system])
  expect([...writes.rows]).toEqual([
    ...system.keys(),
    40,
    0,
    ...system.keys(),
    40,
    41,
    ...system.keys(),
  ])
})
