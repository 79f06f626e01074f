import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { capWeights } from './cap-weights.ts'
import { maskWeights } from './variants/mask-weights.ts'

const weights = fc
  .array(fc.double({ min: 0, max: 100, noNaN: true }), { maxLength: 10 })
  .map((values) => Float32Array.from(values))

describe('capWeights', () => {
  it('truncates above the cap and below the floor', () => {
    expect(
      Array.from(capWeights({ cap: 2, floor: 0.5 })(Float32Array.of(0, 0.5, 1, 2, 9))),
    ).toEqual([0.5, 0.5, 1, 2, 2])
  })

  it('is the identity without bounds', () => {
    fc.assert(
      fc.property(weights, (values) => {
        expect(capWeights({ cap: Infinity })(values)).toEqual(values)
      }),
    )
  })

  it('is idempotent, bounded, and leaves its argument alone', () => {
    fc.assert(
      fc.property(weights, (values) => {
        const before = Float32Array.from(values)
        const capped = capWeights()(values)
        expect(values).toEqual(before)
        expect(capped.every((weight, t) => weight <= 2 && weight <= values[t])).toBe(true)
        expect(capWeights()(capped)).toEqual(capped)
      }),
    )
  })

  it.each([{ cap: 0 }, { cap: -1 }, { floor: -1 }, { cap: 1, floor: 2 }, { cap: NaN }])(
    'refuses %j',
    (options) => {
      expect(() => capWeights(options)).toThrowError(
        expect.objectContaining({ code: 'invalid-option' }),
      )
    },
  )
})

describe('maskWeights', () => {
  it('drops what is outside', () => {
    expect(
      Array.from(maskWeights({ low: 0.5, high: 2 })(Float32Array.of(0.25, 0.5, 1, 2, 9))),
    ).toEqual([0, 0.5, 1, 2, 0])
  })

  it.each([{ low: 2, high: 1 }, { high: 0, low: 0 }, { low: NaN }])('refuses %j', (options) => {
    expect(() => maskWeights(options)).toThrowError(
      expect.objectContaining({ code: 'invalid-option' }),
    )
  })
})
