import { describe, expect, it } from 'vitest'
import { resample } from './resample.ts'

describe('resample', () => {
  it('draws as many tasks as there are, and repeats itself for equal arguments', () => {
    const once = [...resample({ sets: [7], resamples: 100 })]
    const again = [...resample({ sets: [7], resamples: 100 })]
    expect(once).toHaveLength(100)
    for (const [b, { taskCounts, seedPlaces }] of once.entries()) {
      expect(taskCounts.reduce((sum, count) => sum + count, 0)).toBe(7)
      expect(taskCounts).toEqual(again[b].taskCounts)
      expect(seedPlaces(3)).toEqual(again[b].seedPlaces(3))
    }
  })

  it('draws the tasks of each set within it', () => {
    for (const { taskCounts } of resample({ sets: [5, 1, 3], resamples: 100 })) {
      const [first, second, third] = [
        [0, 5],
        [5, 6],
        [6, 9],
      ].map(([from, to]) => taskCounts.slice(from, to).reduce((sum, count) => sum + count, 0))
      expect([taskCounts.length, first, second, third]).toEqual([9, 5, 1, 3])
    }
    expect([...resample({ sets: [], resamples: 100 })][0].taskCounts).toEqual(Float64Array.of(1))
  })

  it('draws nothing among one task, and each seed about as often', () => {
    const places = [...resample({ sets: [1], resamples: 1000 })].flatMap(
      ({ taskCounts, seedPlaces }) => {
        expect([...taskCounts]).toEqual([1])
        return seedPlaces(2)
      },
    )
    expect(places.filter((place) => place === 0).length / places.length).toBeCloseTo(0.5, 1)
  })

  it('refuses too few resamples', () => {
    expect(() => resample({ sets: [1], resamples: 10 }).next()).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    )
  })
})
