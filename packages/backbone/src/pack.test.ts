import type { PassItem } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { type PackItem, packItems } from './pack.ts'
import { splitIntoPacks } from './split-into-packs.ts'

const item = (prompt: number[], response: number[], more: Partial<PackItem> = {}): PackItem => ({
  prompt: Int32Array.from(prompt),
  response: Int32Array.from(response),
  temperature: 1,
  ...more,
})

describe('packItems', () => {
  it('lays a lone prompt and its response out as one segment, without the last token', () => {
    const pack = packItems([item([1, 2], [3, 4, 5], { temperature: 0.5 })])
    expect(pack).toMatchObject({
      ids: Int32Array.of(1, 2, 3, 4),
      positions: Int32Array.of(0, 1, 2, 3),
      chosen: Int32Array.of(1, 2, 3),
      targets: Int32Array.of(3, 4, 5),
      temperatures: Float32Array.of(0.5, 0.5, 0.5),
      layout: { starts: Int32Array.of(0, 4), prefix: Int32Array.of(-1) },
    })
  })

  it('gives equal prompts one segment, its last row chosen once a response', () => {
    const pack = packItems([item([1, 2], [3, 4]), item([7], [8]), item([1, 2], [5])])
    expect([...pack.ids]).toEqual([1, 2, 3, 7])
    expect([...pack.positions]).toEqual([0, 1, 2, 0])
    expect(pack.layout).toEqual({
      starts: Int32Array.of(0, 2, 3, 3, 4),
      prefix: Int32Array.of(-1, 0, 0, -1),
    })
    expect([...pack.chosen]).toEqual([1, 2, 1, 3])
    expect([...pack.targets]).toEqual([3, 4, 5, 8])
    expect([...pack.items]).toEqual([0, 0, 2, 1])
  })

  it('gives a long beginning that prompts share one segment', () => {
    const system = Array.from({ length: 32 }, (_, i) => i)
    const pack = packItems([
      item([...system, 50], [3, 4]),
      item([...system, 51], [5]),
      item([...system, 51], [6]),
      item(system, [7, 8]),
    ])
    expect([...pack.ids]).toEqual([...system, 50, 3, 51, 7])
    expect([...pack.positions]).toEqual([...system, 32, 33, 32, 32])
    expect(pack.layout).toEqual({
      starts: Int32Array.of(0, 32, 34, 35, 35, 35, 36),
      prefix: Int32Array.of(-1, 0, 0, 2, 2, 0),
    })
    expect([...pack.chosen]).toEqual([32, 33, 34, 34, 31, 35])
  })

  it('computes nothing behind the last scored token and chooses scored ones only', () => {
    const pack = packItems([item([1], [2, 3, 4, 5], { mask: Uint8Array.of(1, 0, 1, 0) })])
    expect([...pack.ids]).toEqual([1, 2, 3])
    expect([...pack.tokens]).toEqual([0, 2])
    expect([...pack.targets]).toEqual([2, 4])
  })

  it('leaves out what has nothing to score', () => {
    const pack = packItems([item([1], []), item([2], [3], { mask: Uint8Array.of(0) })])
    expect([pack.ids.length, pack.chosen.length, pack.layout.prefix.length]).toEqual([0, 0, 0])
  })
})

describe('splitIntoPacks', () => {
  const units = (...names: string[]): PassItem[] => names.map((unit, i) => ({ ...items[i], unit }))
  const items = [
    item([1, 2, 3], [4, 5]),
    item([1, 2, 3], [6, 7]),
    item([9], [1, 1, 1]),
    item([1, 2, 3], [8]),
  ]

  it('fills packs in order, a shared prompt counted once', () => {
    expect(splitIntoPacks(items, 5)).toEqual([[0, 1], [2], [3]])
    expect(splitIntoPacks(items, 8)).toEqual([[0, 1, 2, 3]])
  })

  it('counts a long beginning that prompts share once', () => {
    const system = Array.from({ length: 32 }, (_, i) => i)
    const questions = [1, 2, 3, 4].map((last) => item([...system, 50 + last], [1]))
    expect(splitIntoPacks(questions, 34)).toEqual([
      [0, 1],
      [2, 3],
    ])
  })

  it('never parts a unit, not even one beyond the budget', () => {
    expect(splitIntoPacks(units('a', 'b', 'c', 'a'), 5)).toEqual([[0, 3, 1], [2]])
    expect(splitIntoPacks(units('a', 'a', 'a', 'b'), 1)).toEqual([[0, 1, 2], [3]])
  })

  it('cuts nothing into no packs', () => {
    expect(splitIntoPacks([], 5)).toEqual([])
  })
})
