import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { drawToken } from './draw-token.ts'

const everything = { topK: 0, topP: 1 }
const quarters = Float32Array.of(0, 0, 0, 0)

describe('drawToken', () => {
  it('inverts the cumulative distribution, ids ascending', () => {
    expect([0, 0.24, 0.26, 0.5, 0.99].map((u) => drawToken(quarters, u, everything))).toEqual([
      0, 0, 1, 2, 3,
    ])
  })

  it('never draws a token without mass', () => {
    expect(
      [0, 0.999999999999].map((u) =>
        drawToken(Float32Array.of(-Infinity, 0, -2000), u, everything),
      ),
    ).toEqual([1, 1])
  })

  it('keeps the lowest id among equals, greedily and by top-k', () => {
    expect(drawToken(quarters, 0.99, { topK: 1, topP: 1 })).toBe(0)
    expect(drawToken(quarters, 0.99, { topK: 2, topP: 1 })).toBe(1)
  })

  it('keeps the fewest tokens whose mass reaches top-p, one at least', () => {
    const logits = Float32Array.of(Math.log(0.1), Math.log(0.6), Math.log(0.3))
    expect(drawToken(logits, 0.99, { topK: 0, topP: 0.5 })).toBe(1)
    expect(drawToken(logits, 0.99, { topK: 0, topP: 0.85 })).toBe(2)
    expect(drawToken(logits, 0, { topK: 0, topP: 0.95 })).toBe(0)
    expect(drawToken(logits, 0.5, { topK: 0, topP: 1e-9 })).toBe(1)
  })

  it('takes top-p of what top-k left', () => {
    const logits = Float32Array.of(Math.log(0.4), Math.log(0.3), Math.log(0.3))
    expect(drawToken(logits, 0.99, { topK: 2, topP: 0.57 })).toBe(0)
    expect(drawToken(logits, 0.99, { topK: 2, topP: 0.58 })).toBe(1)
  })

  it('takes a vocabulary smaller than top-k whole', () => {
    expect(drawToken(quarters, 0.99, { topK: 50, topP: 1 })).toBe(3)
  })

  it('draws in proportion to the softmax', () => {
    const logits = Float32Array.of(1, -0.5, 0.25)
    const masses = [...logits].map(Math.exp)
    const total = masses.reduce((a, b) => a + b)
    const counts = [0, 0, 0]
    for (let i = 0; i < 3000; i++) counts[drawToken(logits, (i + 0.5) / 3000, everything)]++
    counts.forEach((count, id) =>
      expect(Math.abs(count - (3000 * masses[id]) / total)).toBeLessThan(1.5),
    )
  })

  it('draws a kept token for any logits and options', () => {
    const logits = fc.array(fc.float({ min: -50, max: 50, noNaN: true }), {
      minLength: 1,
      maxLength: 20,
    })
    fc.assert(
      fc.property(
        logits,
        fc.double({ min: 0, max: 0.999999, noNaN: true }),
        fc.nat(25),
        fc.double({ min: 0.01, max: 1, noNaN: true }),
        (values, u, topK, topP) => {
          const row = Float32Array.from(values)
          const id = drawToken(row, u, { topK, topP })
          const larger = row.filter((logit) => logit > row[id]).length
          expect(id >= 0 && id < row.length && (topK === 0 || larger < topK)).toBe(true)
        },
      ),
    )
  })

  it('refuses logits without any mass', () => {
    expect(() => drawToken(Float32Array.of(NaN, NaN), 0.5, everything)).toThrow(
      'no logit is above -Infinity',
    )
  })
})
