import { Undecidable } from '../undecidable.ts'

/**
 * Real arithmetic in fixed point: a value x is the integer ⌊x·2^bits⌋. Sums are exact, everything
 * else is right to a few units of the last place times the size of the operands; callers ask for
 * more bits than they compare.
 */
export interface FixedPoint {
  readonly bits: number
  /** What an operation costs, as a multiple of its cost at 256 bits. */
  readonly cost: number
  readonly one: bigint
  readonly pi: bigint
  multiply(a: bigint, b: bigint): bigint
  divide(a: bigint, b: bigint): bigint
  /** Of n/d. */
  fraction(n: bigint, d: bigint): bigint
  /** Of a ≥ 0. */
  squareRoot(a: bigint): bigint
  exp(a: bigint): bigint
  /** Of a > 0. */
  ln(a: bigint): bigint
  /** [cos a, sin a] */
  cosSin(a: bigint): readonly [bigint, bigint]
  /** The angle of the point (x, y), in (−π, π]. */
  angle(y: bigint, x: bigint): bigint
  toNumber(a: bigint): number
}

/** Bits kept beyond the asked ones inside elementary functions. */
const GUARD = 40
/** Largest |x| for which e^x is computed: e^8000 has 11,500 bits. */
const LARGEST_EXPONENT = 8000n

const cache = new Map<number, FixedPoint>()

/** Arithmetic with the given number of binary places. */
export function fixedPoint(bits: number): FixedPoint {
  let found = cache.get(bits)
  if (!found) cache.set(bits, (found = makeFixedPoint(bits)))
  return found
}

function makeFixedPoint(bits: number): FixedPoint {
  const B = BigInt(bits)
  const one = 1n << B
  const wide = bits + GUARD
  const up = BigInt(GUARD)
  const pi = machinPi(wide)
  const ln2 = 2n * inverseTanhOfInverse(3n, wide)
  const half = 1n << (up - 1n)
  const narrow = (a: bigint): bigint => (a + half) >> up
  const real: FixedPoint = {
    bits,
    cost: Math.max(1, (bits / 256) ** 1.75),
    one,
    pi: narrow(pi),
    multiply: (a, b) => (a * b) >> B,
    divide: (a, b) => real.fraction(a, b),
    fraction: (n, d) => {
      if (d === 0n) throw new Undecidable('division by zero')
      return (n << B) / d
    },
    squareRoot: (a) => integerSquareRoot(a << B),
    exp: (a) => {
      if (a > LARGEST_EXPONENT * one || -a > LARGEST_EXPONENT * one)
        throw new Undecidable('exponential out of range')
      const [value, shift] = expWide(a << up, ln2, wide)
      return shift >= 0n ? narrow(value << shift) : narrow(value >> -shift)
    },
    ln: (a) => narrow(lnWide(a << up, ln2, wide)),
    cosSin: (a) => {
      const [cos, sin] = cosSinWide(a << up, pi, wide)
      return [narrow(cos), narrow(sin)]
    },
    angle: (y, x) => narrow(angleWide(y << up, x << up, pi, wide)),
    toNumber: (a) => {
      const extra = BigInt(Math.max(0, bits - 900))
      return Number(a >> extra) / 2 ** Number(B - extra)
    },
  }
  return real
}

/** ⌊√n⌋ by Newton's method from above. */
export function integerSquareRoot(n: bigint): bigint {
  if (n < 0n) throw new Undecidable('square root of a negative number')
  if (n < 4503599627370496n) return BigInt(Math.floor(Math.sqrt(Number(n))))
  let root = 1n << BigInt(Math.ceil((n.toString(16).length * 4) / 2))
  for (;;) {
    const next = (root + n / root) >> 1n
    if (next >= root) return root
    root = next
  }
}

/** artanh(1/k) = Σ 1/((2j+1) k^(2j+1)) */
function inverseTanhOfInverse(k: bigint, bits: number): bigint {
  let [power, sum, j] = [(1n << BigInt(bits)) / k, 0n, 1n]
  for (; power !== 0n; j += 2n, power /= k * k) sum += power / j
  return sum
}

/** arctan(1/k), the same series with alternating signs. */
function arctanOfInverse(k: bigint, bits: number): bigint {
  let [power, sum, j] = [(1n << BigInt(bits)) / k, 0n, 1n]
  for (; power !== 0n; j += 2n, power = -power / (k * k)) sum += power / j
  return sum
}

/** π = 16 arctan 1/5 − 4 arctan 1/239 (Machin 1706). */
function machinPi(bits: number): bigint {
  const wide = bits + 16
  return (16n * arctanOfInverse(5n, wide) - 4n * arctanOfInverse(239n, wide)) >> 16n
}

/** e^x as [m, k] with e^x = m·2^k, m in [0.7, 1.42]: x is reduced by ln 2, then by 2^halvings. */
function expWide(x: bigint, ln2: bigint, bits: number): [bigint, bigint] {
  const B = BigInt(bits)
  const k = (x + (ln2 >> 1n)) / ln2 - (x + (ln2 >> 1n) < 0n ? 1n : 0n)
  const halvings = BigInt(Math.ceil(Math.sqrt(bits) / 2))
  const extra = halvings + 8n
  const C = B + extra
  const r = ((x - k * ln2) << extra) >> halvings
  let [term, sum] = [1n << C, 1n << C]
  for (let j = 1n; term !== 0n && term !== -1n; j++) {
    term = ((term * r) >> C) / j
    sum += term
  }
  for (let j = 0n; j < halvings; j++) sum = (sum * sum) >> C
  return [sum >> extra, k]
}

/**
 * ln x by Halley's iteration y ← y + 2(m − e^y)/(m + e^y), from the double's logarithm of the
 * mantissa.
 */
function lnWide(x: bigint, ln2: bigint, bits: number): bigint {
  if (x <= 0n) throw new Undecidable('logarithm of zero')
  const B = BigInt(bits)
  const shift = BigInt(x.toString(16).length * 4) - B
  const m = shift >= 0n ? x >> shift : x << -shift
  const start = Math.log(Number(m >> (B - 60n)) / 2 ** 60)
  let y = BigInt(Math.round(start * 2 ** 50)) << (B - 50n)
  for (let correct = 48; correct < bits; correct *= 3) {
    const [mantissa, k] = expWide(y, ln2, bits)
    const power = k >= 0n ? mantissa << k : mantissa >> -k
    y += ((2n * (m - power)) << B) / (m + power)
  }
  return y + shift * ln2
}

/** Cosine and sine: the angle reduced by 2π, then by 2^halvings; double-angle steps back. */
function cosSinWide(x: bigint, pi: bigint, bits: number): [bigint, bigint] {
  const B = BigInt(bits)
  if (x > pi << 64n || -x > pi << 64n) throw new Undecidable('angle out of range')
  const turns = (x / pi + (x < 0n ? -1n : 1n)) / 2n
  const halvings = BigInt(Math.ceil(Math.sqrt(bits) / 3))
  const extra = 2n * halvings + 8n
  const C = B + extra
  const r = ((x - 2n * turns * pi) << extra) >> halvings
  const square = (r * r) >> C
  let [cos, sin, term] = [1n << C, r, r]
  let even = 1n << C
  for (let j = 1n; even !== 0n && even !== -1n; j += 2n) {
    even = -((even * square) >> C) / (j * (j + 1n))
    term = -((term * square) >> C) / ((j + 1n) * (j + 2n))
    cos += even
    sin += term
  }
  const unit = 1n << C
  for (let j = 0n; j < halvings; j++)
    [cos, sin] = [((2n * cos * cos) >> C) - unit, (2n * cos * sin) >> C]
  return [cos >> extra, sin >> extra]
}

/** arctan of 0 ≤ t ≤ 1 through three half-angles t ← t/(1 + √(1+t²)), then its series. */
function arctanWide(t: bigint, bits: number): bigint {
  const B = BigInt(bits)
  const unit = 1n << B
  const halvings = 3n
  for (let j = 0n; j < halvings; j++) t = (t << B) / (unit + integerSquareRoot((unit << B) + t * t))
  const square = (t * t) >> B
  let [power, sum] = [t, t]
  for (let j = 3n; power !== 0n && power !== -1n; j += 2n) {
    power = -((power * square) >> B)
    sum += power / j
  }
  return sum << halvings
}

function angleWide(y: bigint, x: bigint, pi: bigint, bits: number): bigint {
  const B = BigInt(bits)
  const [up, right] = [y < 0n ? -y : y, x < 0n ? -x : x]
  if (up === 0n) return x < 0n ? pi : 0n
  const first =
    up <= right
      ? arctanWide((up << B) / right, bits)
      : (pi >> 1n) - arctanWide((right << B) / up, bits)
  const positive = x < 0n ? pi - first : first
  return y < 0n ? -positive : positive
}
