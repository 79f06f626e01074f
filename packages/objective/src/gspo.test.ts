import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeInput } from '../test/make-input.ts'
import { clippedSurrogate } from './clipped-surrogate.ts'
import { gspo } from './gspo.ts'

const wide = { clipLow: 0.2, clipHigh: 0.28 }

describe('gspo', () => {
  it('hand-computed: s = exp(mean log-ratio)', () => {
    // Log-ratios 0.1 and 0.3: s = e^0.2.
    const [{ value, gradient }] = gspo({ clipLow: 1, clipHigh: Infinity }).evaluate([
      makeInput([-1, -1], { oldLogprobs: [-1.1, -1.3], coefficients: [0.5, 0.5] }),
    ])
    expect(value).toBeCloseTo(-Math.exp(0.2), 12)
    gradient.forEach((slope) => expect(slope).toBeCloseTo(-Math.exp(0.2) / 2, 6))
  })

  it('equals token PPO where all token ratios are equal', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -0.6, max: 0.6, noNaN: true }),
        fc.double({ min: -2, max: 2, noNaN: true }),
        fc.integer({ min: 1, max: 6 }),
        (shift, advantage, length) => {
          const input = makeInput(new Array<number>(length).fill(-1), {
            oldLogprobs: new Array<number>(length).fill(-1 - shift),
            advantages: new Array<number>(length).fill(advantage),
            coefficients: new Array<number>(length).fill(1 / length),
          })
          const [sequence] = gspo(wide).evaluate([input])
          const [token] = clippedSurrogate(wide).evaluate([input])
          expect(sequence.value).toBeCloseTo(token.value, 6)
          sequence.gradient.forEach((slope, t) => expect(slope).toBeCloseTo(token.gradient[t], 6))
        },
      ),
    )
  })

  it('holds every token of a response together', () => {
    const [{ gradient, diagnostics }] = gspo(wide).evaluate([
      makeInput([-1, -1], { oldLogprobs: [-2, -1] }),
    ])
    expect(Array.from(gradient)).toEqual([0, 0])
    expect(diagnostics?.clipped).toBe(2)
  })

  it('does not count masked tokens in the length', () => {
    const [{ value }] = gspo(wide).evaluate([
      makeInput([-1, NaN], { oldLogprobs: [-1.2, 5], mask: [1, 0] }),
    ])
    expect(value).toBeCloseTo(-Math.exp(0.2), 12)
  })

  it('all masked: nothing', () => {
    const [{ value, gradient }] = gspo().evaluate([makeInput([NaN], { mask: [0] })])
    expect([value, ...gradient]).toEqual([0, 0])
  })

  it('refuses a negative clip', () =>
    expect(() => gspo({ clipHigh: -1 })).toThrowError(
      expect.objectContaining({ code: 'invalid-option' }),
    ))
})
