import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { differenceInterval, scoreInterval } from './score-interval.ts'

const alone = (values: readonly number[]): number[][] => values.map((value) => [value])

describe('scoreInterval', () => {
  it('is Wilson’s where every task has one value', () => {
    const figure = scoreInterval(alone([...new Array(8).fill(1), ...new Array(2).fill(0)]))!
    expect(figure.value).toBe(0.8)
    expect(figure.low).toBeCloseTo(0.4902, 4)
    expect(figure.high).toBeCloseTo(0.9433, 4)
  })

  it('has a width where all failed or all succeeded', () => {
    expect(scoreInterval(alone([0, 0, 0, 0, 0, 0, 0, 0]))).toMatchObject({
      value: 0,
      low: 0,
      high: expect.closeTo(0.3244, 4),
    })
    expect(scoreInterval(alone([1]))).toMatchObject({
      value: 1,
      low: expect.closeTo(0.2065, 4),
      high: 1,
    })
  })

  it('counts repeats that agree as one, and repeats that do not as many', () => {
    const tasks = alone([0, 1, 1, 0, 1, 0, 1, 1])
    const same = scoreInterval(tasks.map(([value]) => [value, value, value, value]))!
    const once = scoreInterval(tasks)!
    expect(same.low).toBeCloseTo(once.low, 12)
    const mixed = scoreInterval(tasks.map((_, i) => [0, 1, i % 2, 1]))!
    expect(mixed.high - mixed.low).toBeLessThan(once.high - once.low)
  })

  it('of nothing is undefined; one task counts its repeats', () => {
    expect([scoreInterval([]), scoreInterval([[], []])]).toEqual([undefined, undefined])
    expect(scoreInterval([[1, 0, 1, 0]])).toEqual(scoreInterval(alone([1, 0, 1, 0])))
  })

  it('lies in [0, 1] around the mean', () => {
    const value = fc.constantFrom(0, 0.25, 1)
    fc.assert(
      fc.property(
        fc.array(fc.array(value, { minLength: 1, maxLength: 4 }), { minLength: 1, maxLength: 12 }),
        (tasks) => {
          const { value: mean, low, high } = scoreInterval(tasks)!
          expect(low).toBeGreaterThanOrEqual(0)
          expect(high).toBeLessThanOrEqual(1)
          expect(low).toBeLessThanOrEqual(mean)
          expect(high).toBeGreaterThanOrEqual(mean)
        },
      ),
    )
  })
})

describe('differenceInterval', () => {
  it('is Newcombe’s: 56/70 − 48/80', () => {
    const share = (right: number, of: number): number[][] =>
      alone([...new Array(right).fill(1), ...new Array(of - right).fill(0)])
    const { value, low, high } = differenceInterval(
      scoreInterval(share(56, 70))!,
      scoreInterval(share(48, 80))!,
    )
    expect(value).toBeCloseTo(0.2, 10)
    expect(low).toBeCloseTo(0.0524, 4)
    expect(high).toBeCloseTo(0.3339, 4)
  })
})
