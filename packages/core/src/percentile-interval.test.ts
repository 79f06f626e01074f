import { describe, expect, it } from 'vitest'
import { percentileInterval } from './percentile-interval.ts'

describe('percentileInterval', () => {
  it('takes the 2.5th and 97.5th percentile by nearest rank', () => {
    expect(percentileInterval(Array.from({ length: 1000 }, (_, i) => 1000 - i))).toEqual({
      low: 25,
      high: 975,
    })
  })

  it('carries infinities', () => {
    expect(percentileInterval([1, Infinity, Infinity, Infinity]).high).toBe(Infinity)
  })
})
