import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { passAtK } from './pass-at-k.ts'

describe('passAtK', () => {
  it('equals values worked out by hand', () => {
    expect(passAtK(4, 1, 2)).toBeCloseTo(1 - 3 / 6, 12)
    expect(passAtK(5, 2, 3)).toBeCloseTo(1 - 1 / 10, 12)
    expect(passAtK(10, 3, 1)).toBeCloseTo(0.3, 12)
  })

  it('is 0 with none right, 1 with all right or too few wrong', () => {
    expect(passAtK(8, 0, 3)).toBe(0)
    expect(passAtK(8, 8, 1)).toBe(1)
    expect(passAtK(8, 6, 3)).toBe(1)
  })

  it('does not overflow where binomials do', () => {
    expect(passAtK(2000, 1, 1000)).toBeCloseTo(0.5, 12)
  })

  it('is the share of k-subsets with a right answer', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 8 }),
        fc.nat(8),
        fc.integer({ min: 1, max: 8 }),
        (n, c, k) => {
          fc.pre(c <= n && k <= n)
          const subsets = Array.from({ length: 2 ** n }, (_, bits) => bits).filter(
            (bits) => [...bits.toString(2)].filter((bit) => bit === '1').length === k,
          )
          const hits = subsets.filter((bits) => (bits & (2 ** c - 1)) !== 0)
          expect(passAtK(n, c, k)).toBeCloseTo(hits.length / subsets.length, 10)
        },
      ),
    )
  })

  it.each([
    [4, 5, 1],
    [4, -1, 1],
    [4, 1, 5],
    [4, 1, 0],
    [4.5, 1, 1],
    [4, NaN, 1],
  ])('refuses n = %s, c = %s, k = %s', (n, c, k) => {
    expect(() => passAtK(n, c, k)).toThrow(expect.objectContaining({ code: 'invalid-option' }))
  })
})
