import { factorial } from '../exact/rational.ts'
import { Undecidable } from '../undecidable.ts'
import type { Complex, ComplexArithmetic } from './complex.ts'
import type { FixedPoint } from './fixed-point.ts'

type NumericFunction = (values: readonly Complex[], complex: ComplexArithmetic) => Complex

const minus = ({ re, im }: Complex): Complex => ({ re: -re, im: -im })
const half = ({ re, im }: Complex): Complex => ({ re: re / 2n, im: im / 2n })
const timesI = ({ re, im }: Complex): Complex => ({ re: -im, im: re })
const unit = ({ real }: ComplexArithmetic): Complex => ({ re: real.one, im: 0n })
const inverse =
  (f: NumericFunction): NumericFunction =>
  (values, c) =>
    c.divide(unit(c), f(values, c))
const ofReal =
  (f: (value: bigint, real: FixedPoint) => bigint): NumericFunction =>
  ([value], { real }) => ({ re: f(realPart(value), real), im: 0n })

const sin: NumericFunction = ([z], c) => c.sin(z)
const cos: NumericFunction = ([z], c) => c.cos(z)
const tan: NumericFunction = ([z], c) => c.divide(c.sin(z), c.cos(z))
const sinh: NumericFunction = ([z], c) => half(c.add(c.exp(z), minus(c.exp(minus(z)))))
const cosh: NumericFunction = ([z], c) => half(c.add(c.exp(z), c.exp(minus(z))))
const tanh: NumericFunction = (values, c) => c.divide(sinh(values, c), cosh(values, c))
/** arcsin z = −i ln(iz + √(1 − z²)) */
const arcsin: NumericFunction = ([z], c) =>
  minus(timesI(c.ln(c.add(timesI(z), c.squareRoot(c.add(unit(c), minus(c.multiply(z, z))))))))
const arccos: NumericFunction = (values, c) =>
  c.add({ re: c.real.pi / 2n, im: 0n }, minus(arcsin(values, c)))
/** Real, or arctan z = (i/2) (ln(1 − iz) − ln(1 + iz)). */
const arctan: NumericFunction = ([z], c) => {
  if (z.im === 0n) return { re: c.real.angle(z.re, c.real.one), im: 0n }
  return half(
    timesI(c.add(c.ln(c.add(unit(c), minus(timesI(z)))), minus(c.ln(c.add(unit(c), timesI(z)))))),
  )
}
const ofInverse =
  (f: NumericFunction): NumericFunction =>
  ([z], c) =>
    f([c.divide(unit(c), z)], c)
const logarithm =
  (base: (c: ComplexArithmetic) => Complex): NumericFunction =>
  ([z], c) =>
    c.divide(c.ln(z), c.ln(base(c)))
const extreme =
  (wanted: (a: bigint, b: bigint) => boolean): NumericFunction =>
  (values) => ({ re: values.map(realPart).reduce((a, b) => (wanted(a, b) ? a : b)), im: 0n })

/** The known functions by name; arguments as the parser gives them. */
export const numericFunctions: ReadonlyMap<string, NumericFunction> = new Map<
  string,
  NumericFunction
>([
  ['sin', sin],
  ['cos', cos],
  ['tan', tan],
  ['cot', (values, c) => c.divide(cos(values, c), sin(values, c))],
  ['sec', inverse(cos)],
  ['csc', inverse(sin)],
  ['arcsin', arcsin],
  ['arccos', arccos],
  ['arctan', arctan],
  ['arccot', (values, c) => c.add({ re: c.real.pi / 2n, im: 0n }, minus(arctan(values, c)))],
  ['arcsec', ofInverse(arccos)],
  ['arccsc', ofInverse(arcsin)],
  ['sinh', sinh],
  ['cosh', cosh],
  ['tanh', tanh],
  ['coth', inverse(tanh)],
  ['cis', ([z], c) => c.exp(timesI(z))],
  ['exp', ([z], c) => c.exp(z)],
  ['ln', ([z], c) => c.ln(z)],
  ['log', ([z], c) => c.ln(z)],
  ['log10', logarithm(({ real }) => ({ re: 10n * real.one, im: 0n }))],
  ['logBase', ([z, base], c) => c.divide(c.ln(z), c.ln(base))],
  ['abs', ([z], c) => ({ re: c.modulus(z), im: 0n })],
  ['re', ([z]) => ({ re: z.re, im: 0n })],
  ['im', ([z]) => ({ re: z.im, im: 0n })],
  ['arg', ([z], c) => ({ re: c.real.angle(z.im, z.re), im: 0n })],
  ['floor', ofReal((x, real) => floorOf(x, real) * real.one)],
  ['ceil', ofReal((x, real) => -floorOf(-x, real) * real.one)],
  ['max', extreme((a, b) => a > b)],
  ['min', extreme((a, b) => a < b)],
  [
    'mod',
    ([a, b], { real }) => ({
      re: realPart(a) - realPart(b) * floorOf(real.divide(realPart(a), realPart(b)), real),
      im: 0n,
    }),
  ],
  ['factorial', ofReal((x, real) => factorial(small(integer(x, real))) * real.one)],
  ['doubleFactorial', ofReal((x, real) => doubleFactorial(small(integer(x, real))) * real.one)],
  [
    'binomial',
    ([n, k], { real }) => ({ re: binomial(realPart(n), integer(realPart(k), real), real), im: 0n }),
  ],
])

/** The integer within the arithmetic's error of a value, or undefined. */
export function nearestInteger(value: bigint, { one, bits }: FixedPoint): bigint | undefined {
  const rounded = (value + (value < 0n ? -one : one) / 2n) / one
  const error = value - rounded * one
  return (error < 0n ? -error : error) >> BigInt(Math.floor(bits / 3)) === 0n ? rounded : undefined
}

function realPart({ re, im }: Complex): bigint {
  if (im !== 0n) throw new Undecidable('a real function of a complex number')
  return re
}

function integer(value: bigint, real: FixedPoint): bigint {
  const found = nearestInteger(value, real)
  if (found === undefined) throw new Undecidable('a function of integers only')
  return found
}

/** Larger factorials are computed exactly or not at all. */
function small(n: bigint): bigint {
  if (n > 300n) throw new Undecidable('factorial out of range')
  return n
}

/** ⌊x⌋ that takes 2.999…9, from rounding, for 3. */
function floorOf(value: bigint, real: FixedPoint): bigint {
  const near = nearestInteger(value, real)
  if (near !== undefined) return near
  return value >= 0n ? value / real.one : -((-value + real.one - 1n) / real.one)
}

function doubleFactorial(n: bigint): bigint {
  if (n < -1n) throw new Undecidable('factorial out of range')
  let product = 1n
  for (let k = n; k > 1n; k -= 2n) product *= k
  return product
}

/** Π_{j<k} (n − j)/(j + 1), for any real n. */
function binomial(n: bigint, k: bigint, { one }: FixedPoint): bigint {
  if (k < 0n) return 0n
  if (k > 300n) throw new Undecidable('binomial out of range')
  let result = one
  for (let j = 0n; j < k; j++) result = (result * (n - j * one)) / ((j + 1n) * one)
  return result
}
