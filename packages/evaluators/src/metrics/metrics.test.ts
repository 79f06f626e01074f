import { randomStream } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import {
  auroc,
  calibrationError,
  entropySimilarity,
  errorF1,
  f1,
  harmonicMean,
  mean,
  share,
  transitionShares,
  visCore,
} from '../index.ts'

const draws = (seed: number, count: number): number[] => {
  const stream = randomStream(seed)
  return Array.from({ length: count }, (_, i) => stream.uniform(i))
}

describe('mean and share', () => {
  it('of nothing are undefined', () => {
    expect(mean([])).toBeUndefined()
    expect(share([], () => true)).toBeUndefined()
  })
})

describe('harmonicMean and f1', () => {
  it.each([
    [0.6, 0.5, 0.5454545],
    [0, 0.5, 0],
    [0.5, 0, 0],
    [1, 1, 1],
  ])('%d and %d: %d', (a, b, value) => expect(harmonicMean(a, b)).toBeCloseTo(value, 6))

  it('counts; over nothing it is 0', () => {
    expect(f1({ hits: 3, found: 4, actual: 6 })).toEqual({ precision: 0.75, recall: 0.5, f1: 0.6 })
    expect(f1({ hits: 0, found: 0, actual: 0 })).toEqual({ precision: 0, recall: 0, f1: 0 })
  })

  it('of errors: never saying "wrong" is 0, and so is saying nothing', () => {
    const labels = [true, false, true, false]
    expect(errorF1(labels, [true, true, true, true]).f1).toBe(0)
    expect(errorF1(labels, [undefined, undefined, undefined, undefined]).f1).toBe(0)
    expect(errorF1(labels, labels).f1).toBe(1)
    expect(errorF1(labels, [false, false, false, false])).toMatchObject({
      precision: 0.5,
      recall: 1,
    })
  })
})

describe('calibrationError', () => {
  it('by hand', () =>
    expect(calibrationError([0.95, 0.95, 0.55, 0.55], [true, false, true, false])).toBeCloseTo(
      0.25,
      12,
    ))

  it('is 0 where every bin is as right as it says, 1 where it is surely wrong', () => {
    expect(calibrationError([1, 1], [true, true])).toBe(0)
    expect(calibrationError([1, 1], [false, false])).toBe(1)
    expect(calibrationError([0, 0], [false, false])).toBe(0)
    expect(calibrationError([], [])).toBeUndefined()
  })

  it('of draws that are right as often as they say goes to 0', () => {
    const confidences = draws(1, 20_000)
    const right = draws(2, 20_000).map((u, i) => u < confidences[i])
    expect(calibrationError(confidences, right)).toBeLessThan(0.02)
  })
})

describe('auroc', () => {
  it.each([
    [[0.95, 0.95, 0.55, 0.55], [true, false, true, false], 0.5],
    [[3, 2, 1], [true, true, false], 1],
    [[1, 2, 3], [true, true, false], 0],
    [[1, 1], [true, false], 0.5],
  ])('%j %j: %d', (scores, positive, area) => expect(auroc(scores, positive)).toBe(area))

  it('needs both classes', () => {
    expect(auroc([1], [true])).toBeUndefined()
    expect(auroc([], [])).toBeUndefined()
  })

  it('is the share of pairs in order, ties half', () => {
    for (let seed = 0; seed < 20; seed++) {
      const scores = draws(seed, 30).map((u) => Math.round(u * 6))
      const positive = draws(seed + 100, 30).map((u) => u < 0.4)
      const pairs = scores.flatMap((a, i) =>
        scores.flatMap((b, j) =>
          positive[i] && !positive[j] ? [a > b ? 1 : a === b ? 0.5 : 0] : [],
        ),
      )
      expect(auroc(scores, positive)).toBeCloseTo(mean(pairs)!, 12)
    }
  })
})

describe('transitionShares', () => {
  it('counts the four cells', () =>
    expect(
      transitionShares(
        [true, true, true, true, false, false],
        [true, true, true, false, true, false],
      ),
    ).toEqual({
      before: 4 / 6,
      after: 4 / 6,
      kept: 0.75,
      broken: 0.25,
      repaired: 0.5,
      correction: 0.25,
    }))

  it('has no share of nothing', () =>
    expect(transitionShares([true], [true])).toMatchObject({
      kept: 1,
      repaired: undefined,
      correction: undefined,
    }))
})

describe('entropySimilarity', () => {
  it('by hand: cos 1/√5 times 2/3', () =>
    expect(entropySimilarity([1, 0, 2], [1, 0])).toBeCloseTo(0.2981, 4))

  it('is 1 for equal vectors, 0 for empty or certain ones, symmetric, and blind to scale', () => {
    expect(entropySimilarity([1, 2, 3], [1, 2, 3])).toBeCloseTo(1, 12)
    expect(entropySimilarity([], [1])).toBe(0)
    expect(entropySimilarity([0, 0], [1, 1])).toBe(0)
    const [a, b] = [draws(1, 7), draws(2, 11)]
    expect(entropySimilarity(a, b)).toBeCloseTo(entropySimilarity(b, a), 12)
    expect(
      entropySimilarity(
        a,
        b.map((h) => 3 * h),
      ),
    ).toBeCloseTo(entropySimilarity(a, b), 12)
  })
})

describe('visCore', () => {
  it('is the cube root of the product', () => {
    expect(visCore(0.8, 0.5, 0.4)).toBeCloseTo(0.5429, 4)
    expect(visCore(0.8, 0, 0.4)).toBe(0)
  })
})
