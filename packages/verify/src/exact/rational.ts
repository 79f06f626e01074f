import { Undecidable } from '../undecidable.ts'

/** A fraction n/d with d > 0, not necessarily in lowest terms. */
export interface Rational {
  readonly n: bigint
  readonly d: bigint
}

/** Larger numbers are not computed exactly: 2^24576 has about 7,400 decimal digits. */
const LARGEST_BITS = 24_576n
const LARGEST = 1n << LARGEST_BITS

export const ZERO: Rational = { n: 0n, d: 1n }
export const ONE: Rational = { n: 1n, d: 1n }

/**
 * n/d with the sign moved to the numerator. Not reduced: numbers here live for a few operations,
 * and comparing by cross-multiplication costs less than a greatest common divisor, which on long
 * numbers takes milliseconds.
 */
export function rational(n: bigint, d = 1n): Rational {
  if (d === 0n) throw new Undecidable('division by zero')
  if (d < 0n) return rational(-n, -d)
  if (n > LARGEST || -n > LARGEST || d > LARGEST) throw new Undecidable('number too large')
  return { n, d }
}

export function addRational(a: Rational, b: Rational): Rational {
  return a.d === b.d ? rational(a.n + b.n, a.d) : rational(a.n * b.d + b.n * a.d, a.d * b.d)
}

export function multiplyRational(a: Rational, b: Rational): Rational {
  return rational(a.n * b.n, a.d * b.d)
}

export function divideRational(a: Rational, b: Rational): Rational {
  return rational(a.n * b.d, a.d * b.n)
}

export function negateRational(a: Rational): Rational {
  return { n: -a.n, d: a.d }
}

/** Negative, zero or positive as a − b is. */
export function compareRational(a: Rational, b: Rational): number {
  const difference = a.n * b.d - b.n * a.d
  return difference < 0n ? -1 : difference > 0n ? 1 : 0
}

/** In lowest terms. */
export function reduceRational(a: Rational): Rational {
  if (a.d === 1n) return a
  const divisor = greatestCommonDivisor(a.n, a.d)
  return divisor === 1n ? a : { n: a.n / divisor, d: a.d / divisor }
}

/** The integer it is, or undefined. */
export function integerOf(a: Rational): bigint | undefined {
  return a.n % a.d === 0n ? a.n / a.d : undefined
}

/** a^k for an integer k, undecidable where the result would be too large. */
export function powerRational(a: Rational, exponent: bigint): Rational {
  if (exponent < 0n) return powerRational(rational(a.d, a.n), -exponent)
  const { n, d } = reduceRational(a)
  if (d === 1n && (n === 0n || n === 1n || n === -1n))
    return rational(exponent === 0n ? 1n : exponent % 2n === 0n ? n * n : n)
  const length = BigInt(Math.max(bitLength(n), bitLength(d)))
  if (exponent > LARGEST_BITS || exponent * (length - 1n) > LARGEST_BITS)
    throw new Undecidable('power too large')
  return rational(n ** exponent, d ** exponent)
}

/** n!, up to 2500. */
export function factorial(n: bigint): bigint {
  if (n < 0n || n > 2500n) throw new Undecidable('factorial out of range')
  return n < 2n ? 1n : productOf(1n, n)
}

/** (low + 1) … high, halves first: factors of like length multiply faster. */
function productOf(low: bigint, high: bigint): bigint {
  if (high - low < 12n) {
    let product = high
    for (let k = low + 1n; k < high; k++) product *= k
    return product
  }
  const middle = (low + high) / 2n
  return productOf(low, middle) * productOf(middle, high)
}

export function greatestCommonDivisor(a: bigint, b: bigint): bigint {
  a = a < 0n ? -a : a
  b = b < 0n ? -b : b
  while (b !== 0n) [a, b] = [b, a % b]
  return a
}

/** Binary digits of |n|, exact up to three too many. */
export function bitLength(n: bigint): number {
  return (n < 0n ? -n : n).toString(16).length * 4
}

/** The nearest double, also where n and d are beyond doubles. */
export function rationalToNumber({ n, d }: Rational): number {
  const shift = BigInt(Math.max(0, Math.max(bitLength(n), bitLength(d)) - 1000))
  const [over, under] = [Number(n >> shift), Number(d >> shift)]
  return under === 0 ? Number.POSITIVE_INFINITY * Math.sign(over) : over / under
}
