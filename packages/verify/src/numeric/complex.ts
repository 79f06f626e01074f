import { Undecidable } from '../undecidable.ts'
import type { FixedPoint } from './fixed-point.ts'

/** A complex number, both parts in the fixed point of the arithmetic that made it. */
export interface Complex {
  readonly re: bigint
  readonly im: bigint
}

/** Complex arithmetic over a fixed point; principal branches throughout. */
export interface ComplexArithmetic {
  readonly real: FixedPoint
  add(a: Complex, b: Complex): Complex
  multiply(a: Complex, b: Complex): Complex
  divide(a: Complex, b: Complex): Complex
  squareRoot(a: Complex): Complex
  exp(a: Complex): Complex
  ln(a: Complex): Complex
  /** a^k for an integer. */
  powerInteger(a: Complex, exponent: bigint): Complex
  power(a: Complex, b: Complex): Complex
  cos(a: Complex): Complex
  sin(a: Complex): Complex
  /** |a|, as a real. */
  modulus(a: Complex): bigint
}

/** Values this large are not carried on: they only grow. */
const LARGEST_BITS = 24_000n

const cache = new WeakMap<FixedPoint, ComplexArithmetic>()

/** Complex arithmetic over `real`. */
export function complexArithmetic(real: FixedPoint): ComplexArithmetic {
  let found = cache.get(real)
  if (!found) cache.set(real, (found = makeComplexArithmetic(real)))
  return found
}

function makeComplexArithmetic(real: FixedPoint): ComplexArithmetic {
  const { one } = real
  const largest = 1n << (LARGEST_BITS + BigInt(real.bits))
  const checked = (re: bigint, im: bigint): Complex => {
    if (re > largest || -re > largest || im > largest || -im > largest)
      throw new Undecidable('value too large')
    return { re, im }
  }
  const unit: Complex = { re: one, im: 0n }
  const complex: ComplexArithmetic = {
    real,
    add: (a, b) => ({ re: a.re + b.re, im: a.im + b.im }),
    multiply: (a, b) => {
      if (a.im === 0n && b.im === 0n) return checked(real.multiply(a.re, b.re), 0n)
      return checked(
        real.multiply(a.re, b.re) - real.multiply(a.im, b.im),
        real.multiply(a.re, b.im) + real.multiply(a.im, b.re),
      )
    },
    divide: (a, b) => {
      if (a.im === 0n && b.im === 0n) return checked(real.divide(a.re, b.re), 0n)
      if (b.im === 0n) return checked(real.divide(a.re, b.re), real.divide(a.im, b.re))
      const square = b.re * b.re + b.im * b.im
      return checked(
        real.fraction(a.re * b.re + a.im * b.im, square),
        real.fraction(a.im * b.re - a.re * b.im, square),
      )
    },
    squareRoot: (a) => {
      if (a.im === 0n)
        return a.re >= 0n
          ? { re: real.squareRoot(a.re), im: 0n }
          : { re: 0n, im: real.squareRoot(-a.re) }
      const size = complex.modulus(a)
      const im = real.squareRoot((size - a.re) / 2n)
      return { re: real.squareRoot((size + a.re) / 2n), im: a.im < 0n ? -im : im }
    },
    exp: (a) => {
      const size = real.exp(a.re)
      if (a.im === 0n) return { re: size, im: 0n }
      const [cos, sin] = real.cosSin(a.im)
      return { re: real.multiply(size, cos), im: real.multiply(size, sin) }
    },
    ln: (a) => ({
      re: real.ln(a.im === 0n ? (a.re < 0n ? -a.re : a.re) : complex.modulus(a)),
      im: a.im === 0n && a.re > 0n ? 0n : real.angle(a.im, a.re),
    }),
    powerInteger: (a, exponent) => {
      if (exponent < 0n) return complex.divide(unit, complex.powerInteger(a, -exponent))
      if (exponent > 100_000n) throw new Undecidable('exponent too large')
      let [result, square] = [unit, a]
      for (let left = exponent; left > 0n; left >>= 1n) {
        if (left & 1n) result = complex.multiply(result, square)
        if (left > 1n) square = complex.multiply(square, square)
      }
      return result
    },
    power: (a, b) => {
      if (a.re === 0n && a.im === 0n) {
        if (b.im === 0n && b.re > 0n) return { re: 0n, im: 0n }
        throw new Undecidable('a power of zero')
      }
      return complex.exp(complex.multiply(b, complex.ln(a)))
    },
    cos: (a) => trigonometric(a, complex, 0),
    sin: (a) => trigonometric(a, complex, 1),
    modulus: (a) =>
      a.im === 0n
        ? a.re < 0n
          ? -a.re
          : a.re
        : real.squareRoot(real.multiply(a.re, a.re) + real.multiply(a.im, a.im)),
  }
  return complex
}

/** cos(x+iy) = cos x cosh y − i sin x sinh y; sin(x+iy) = sin x cosh y + i cos x sinh y. */
function trigonometric(a: Complex, { real }: ComplexArithmetic, which: 0 | 1): Complex {
  const angles = real.cosSin(a.re)
  if (a.im === 0n) return { re: angles[which], im: 0n }
  const [up, down] = [real.exp(a.im), real.exp(-a.im)]
  const [cosh, sinh] = [(up + down) / 2n, (up - down) / 2n]
  const im = real.multiply(angles[1 - which], sinh)
  return { re: real.multiply(angles[which], cosh), im: which === 0 ? -im : im }
}
