import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { passAtK } from './pass-at-k.ts'

const choose = (n: number, k: number): number => (k === 0 ? 1 : (choose(n - 1, k - 1) * n) / k)

describe('passAtK', () => {
  it('gives hand-computed values', () => {
    expect(passAtK(4, 1, 2)).toBeCloseTo(0.5)
    expect(passAtK(10, 3, 1)).toBeCloseTo(0.3)
    expect(passAtK(5, 2, 4)).toBe(1)
    expect(passAtK(8, 0, 8)).toBe(0)
  })

  it('is 1 − C(n−c, k) / C(n, k)', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), fc.nat(20), fc.integer({ min: 1, max: 20 }), (n, wrong, k) => {
        fc.pre(wrong <= n && k <= n && wrong >= k)
        expect(passAtK(n, n - wrong, k)).toBeCloseTo(1 - choose(wrong, k) / choose(n, k), 10)
      }),
    )
  })
})
