import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { complexArithmetic, type Complex } from './complex.ts'
import { fixedPoint } from './fixed-point.ts'

const complex = complexArithmetic(fixedPoint(192))
const one = complex.real.one
const of = (re: number, im = 0): Complex => ({
  re: BigInt(Math.round(re * 2 ** 30)) << 162n,
  im: BigInt(Math.round(im * 2 ** 30)) << 162n,
})
/** |a − b| in units of 2⁻¹⁵⁰. */
const distance = (a: Complex, b: Complex): bigint =>
  complex.modulus({ re: a.re - b.re, im: a.im - b.im }) >> 42n
const point = fc
  .tuple(fc.double({ min: -4, max: 4, noNaN: true }), fc.double({ min: -4, max: 4, noNaN: true }))
  .map(([re, im]) => of(re, im))

describe('complexArithmetic', () => {
  it('takes principal branches', () => {
    expect(complex.squareRoot(of(-4))).toEqual(of(0, 2))
    expect(complex.squareRoot(of(3, 4))).toEqual(of(2, 1))
    expect(complex.squareRoot(of(3, -4))).toEqual(of(2, -1))
    expect(complex.ln(of(-1))).toEqual({ re: 0n, im: complex.real.pi })
    expect(distance(complex.exp({ re: 0n, im: complex.real.pi }), of(-1))).toBe(0n)
    expect(
      distance(complex.power(of(-8), { re: one / 3n, im: 0n }), {
        re: one,
        im: complex.real.squareRoot(3n * one),
      }),
    ).toBe(0n)
  })

  it('satisfies the identities', () => {
    fc.assert(
      fc.property(point, point, (a, b) => {
        expect(
          distance(
            complex.add(
              complex.multiply(complex.cos(a), complex.cos(a)),
              complex.multiply(complex.sin(a), complex.sin(a)),
            ),
            of(1),
          ),
        ).toBe(0n)
        expect(
          distance(
            complex.exp(complex.add(a, b)),
            complex.multiply(complex.exp(a), complex.exp(b)),
          ),
        ).toBeLessThan(16n)
        if (a.re === 0n && a.im === 0n) return
        expect(distance(complex.exp(complex.ln(a)), a)).toBe(0n)
        expect(distance(complex.multiply(complex.divide(b, a), a), b)).toBe(0n)
        expect(distance(complex.power(a, of(3)), complex.powerInteger(a, 3n))).toBe(0n)
        expect(distance(complex.multiply(complex.squareRoot(a), complex.squareRoot(a)), a)).toBe(0n)
      }),
      { numRuns: 50 },
    )
  })

  it('stops at values and powers without end, and at zero', () => {
    expect(() => complex.powerInteger(of(4), 90_000n)).toThrow(/too large/)
    expect(() => complex.powerInteger(of(1.5), 10n ** 9n)).toThrow(/too large/)
    expect(() => complex.power(of(0), of(-1))).toThrow(/zero/)
    expect(() => complex.divide(of(1, 1), of(0))).toThrow(/zero/)
    expect(complex.power(of(0), of(2))).toEqual(of(0))
  })
})
