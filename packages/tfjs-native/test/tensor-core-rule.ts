// What tensor cores make of a product, in plain doubles: an independent reference for the kernels
// and for the model of tensor cores that they run on (native/shim/tensor-core.h).

/** How many products a step adds at once, and the fractional bits it keeps of them. */
export interface StepRule {
  readonly products: number
  readonly bits: number
}

/** From sm_90 on, and before (Xie et al. 2025, arXiv 2511.10909). */
export const RULES: Readonly<Record<'sm_90' | 'sm_80', StepRule>> = {
  sm_90: { products: 16, bits: 25 },
  sm_80: { products: 8, bits: 24 },
}

const [float, word] = [new Float32Array(1), new Int32Array(1)]
const view = new Int32Array(float.buffer)
const wide = new Float64Array(1)
const wideView = new Int32Array(wide.buffer)

/** The nearest bf16, as a number; of two, the one whose last bit is 0. */
export function roundToBf16(x: number): number {
  float[0] = x
  word[0] = view[0]
  const last = (word[0] >>> 16) & 1
  view[0] = (word[0] + 0x7fff + last) & 0xffff0000
  return float[0]
}

/** ⌊log₂|x|⌋ as the hardware has it: 0 and what a float has as a subnormal number have −126. */
function exponentOf(x: number): number {
  wide[0] = x
  return Math.max(((wideView[1] >>> 20) & 0x7ff) - 1023, -126)
}

/** A double towards zero to the 24 bits that a float has. */
function cutToFloat(x: number): number {
  const unit = 2 ** (exponentOf(x) - 23)
  return Math.trunc(x / unit) * unit
}

/** Numbers and their exponents, the k of one row of an operand. */
interface Line {
  readonly numbers: Float64Array
  readonly exponents: Int32Array
}

/** c + Σ a[i]·b[i] from i on: all aligned to the largest exponent, cut, added exactly, cut. */
function step(a: Line, b: Line, from: number, c: number, { products, bits }: StepRule): number {
  let top = exponentOf(c)
  for (let i = from; i < from + products; i++) top = Math.max(top, a.exponents[i] + b.exponents[i])
  const unit = 2 ** (top - bits)
  let total = Math.trunc(c / unit)
  for (let i = from; i < from + products; i++)
    total += Math.trunc((a.numbers[i] * b.numbers[i]) / unit)
  return cutToFloat(total * unit)
}

/** A matrix whose element (i, j) is `at(i, j)`. */
export type Elements = (i: number, j: number) => number

/**
 * `[m][n]`: c + Σ over k of a(i, k) · b(k, j), operands rounded to bf16, in steps of sixteen; c is 0
 * if it is not given.
 */
export function tensorCoreProduct(
  [m, n, k]: readonly [number, number, number],
  a: Elements,
  b: Elements,
  rule: StepRule,
  c?: Float32Array,
): Float32Array {
  const padded = Math.ceil(k / 16) * 16
  const line = (of: (p: number) => number): Line => {
    const numbers = Float64Array.from({ length: padded }, (_, p) =>
      p < k ? roundToBf16(of(p)) : 0,
    )
    return { numbers, exponents: Int32Array.from(numbers, exponentOf) }
  }
  const rows = Array.from({ length: m }, (_, i) => line((p) => a(i, p)))
  const columns = Array.from({ length: n }, (_, j) => line((p) => b(p, j)))
  return Float32Array.from({ length: m * n }, (_, at) => {
    let sum = c?.[at] ?? 0
    for (let p = 0; p < padded; p += rule.products)
      sum = step(rows[Math.floor(at / n)], columns[at % n], p, sum, rule)
    return sum
  })
}
