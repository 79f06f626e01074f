import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { areaUnderCurve, tokensToThreshold, valueAt } from './curve.ts'

const curve = { tokens: [0, 100, 300], values: [0.2, 0.6, 0.4] }

describe('valueAt', () => {
  it('runs straight between evaluations and level outside them', () => {
    expect(valueAt(curve, -5)).toBe(0.2)
    expect(valueAt(curve, 50)).toBeCloseTo(0.4, 12)
    expect(valueAt(curve, 100)).toBe(0.6)
    expect(valueAt(curve, 200)).toBeCloseTo(0.5, 12)
    expect(valueAt(curve, 900)).toBe(0.4)
  })
})

it('of training that samples nothing is what came out of it', () => {
  const learned = { tokens: [0, 0, 0], values: [0.14, 0.7, 0.74] }
  expect(valueAt(learned, 0)).toBe(0.74)
  expect(areaUnderCurve(learned, 0)).toBe(0.74)
})

describe('areaUnderCurve', () => {
  it('equals trapezoids worked out by hand', () => {
    expect(areaUnderCurve(curve, 300)).toBeCloseTo((100 * 0.4 + 200 * 0.5) / 300, 12)
    expect(areaUnderCurve(curve, 200)).toBeCloseTo((100 * 0.4 + 100 * 0.55) / 200, 12)
  })

  it('of one evaluation, or over no tokens, is its value', () => {
    expect(areaUnderCurve({ tokens: [0], values: [0.3] }, 50)).toBeCloseTo(0.3, 12)
    expect(areaUnderCurve(curve, 0)).toBe(0.2)
  })

  it('lies between the lowest and the highest value', () => {
    const values = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
      minLength: 1,
      maxLength: 8,
    })
    fc.assert(
      fc.property(values, fc.integer({ min: 1, max: 2000 }), (heights, horizon) => {
        const area = areaUnderCurve(
          { tokens: heights.map((_, i) => 100 * i), values: heights },
          horizon,
        )
        expect(area).toBeGreaterThanOrEqual(Math.min(...heights) - 1e-12)
        expect(area).toBeLessThanOrEqual(Math.max(...heights) + 1e-12)
      }),
    )
  })
})

describe('tokensToThreshold', () => {
  it('is where the line first crosses, or the very start', () => {
    expect(tokensToThreshold(curve, 0.5)).toBeCloseTo(75, 12)
    expect(tokensToThreshold(curve, 0.6)).toBeCloseTo(100, 12)
    expect(tokensToThreshold(curve, 0.1)).toBe(0)
  })

  it('is undefined where the curve never gets there', () => {
    expect(tokensToThreshold(curve, 0.7)).toBeUndefined()
  })
})

it('refuses a curve without values', () => {
  for (const measure of [valueAt, areaUnderCurve, tokensToThreshold])
    expect(() => measure({ tokens: [], values: [] }, 1)).toThrow(
      expect.objectContaining({ code: 'invalid-shape' }),
    )
})
