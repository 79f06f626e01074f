import { describe, expect, it } from 'vitest'
import { seedMean } from './seed-interval.ts'

describe('a mean over seeds', () => {
  it('has an interval around it, the same each time', () => {
    const once = seedMean([0.5, 0.7, 0.6, 0.9, 0.8])
    expect(once.mean).toBeCloseTo(0.7)
    // The mean of five draws has standard deviation √0.02 / √5 = 0.063.
    expect(once.low).toBeCloseTo(0.7 - 1.96 * 0.063, 1)
    expect(once.high).toBeCloseTo(0.7 + 1.96 * 0.063, 1)
    expect(seedMean([0.5, 0.7, 0.6, 0.9, 0.8])).toEqual(once)
  })

  it('of two seeds reaches from one to the other', () =>
    expect(seedMean([0, 1])).toEqual({ mean: 0.5, low: 0, high: 1 }))

  it('of one seed, or of equal ones, is a point', () => {
    expect(seedMean([0.25])).toEqual({ mean: 0.25, low: 0.25, high: 0.25 })
    expect(seedMean([0.25, 0.25])).toEqual({ mean: 0.25, low: 0.25, high: 0.25 })
  })
})
