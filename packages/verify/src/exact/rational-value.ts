import { spend, type Budget } from '../budget.ts'
import type { Node } from '../syntax/node.ts'
import { Undecidable } from '../undecidable.ts'
import {
  addRational,
  bitLength,
  compareRational,
  divideRational,
  factorial,
  greatestCommonDivisor,
  integerOf,
  multiplyRational,
  negateRational,
  ONE,
  powerRational,
  rational,
  reduceRational,
  ZERO,
  type Rational,
} from './rational.ts'

/**
 * The exact value of an expression of rational numbers: +, −, ·, /, integer powers, roots that come
 * out even, n!, binomials, |x|, ⌊x⌋, ⌈x⌉, gcd, lcm, max, min, mod. Undefined for everything else.
 *
 * @throws Undecidable for a rational number too large to compute, and for division by zero
 */
export function rationalValue(node: Node, budget: Budget): Rational | undefined {
  spend(budget, 1)
  switch (node.type) {
    case 'number':
      return node.value
    case 'negative': {
      const of = rationalValue(node.of, budget)
      return of && negateRational(of)
    }
    case 'sum':
      return fold(node.of, ZERO, addRational, budget)
    case 'product':
      return fold(node.of, ONE, multiplyRational, budget)
    case 'quotient': {
      const over = rationalValue(node.over, budget)
      const under = over && rationalValue(node.under, budget)
      return over && under && divideRational(over, under)
    }
    case 'power':
      return power(node.base, node.exponent, budget)
    case 'root': {
      const of = rationalValue(node.of, budget)
      return of && exactRoot(of, node.index)
    }
    case 'call': {
      const values = node.of.map((argument) => rationalValue(argument, budget))
      return values.every((value) => value !== undefined)
        ? callFunction(node.name, values, budget)
        : undefined
    }
    default:
      return undefined
  }
}

function fold(
  nodes: readonly Node[],
  start: Rational,
  step: (a: Rational, b: Rational) => Rational,
  budget: Budget,
): Rational | undefined {
  let result = start
  for (const node of nodes) {
    const value = rationalValue(node, budget)
    if (!value) return undefined
    result = step(result, value)
  }
  return result
}

function power(base: Node, exponent: Node, budget: Budget): Rational | undefined {
  const [value, by] = [rationalValue(base, budget), rationalValue(exponent, budget)]
  if (!value || !by) return undefined
  const { n, d } = reduceRational(by)
  if (d === 1n) return powerRational(value, n)
  // the principal root of a negative number is not real
  const root = d <= 64n && value.n >= 0n ? exactRoot(value, Number(d)) : undefined
  return root && powerRational(root, n)
}

/** The index-th root where it is rational; real for odd indices of negative numbers. */
function exactRoot(value: Rational, index: number): Rational | undefined {
  const { n, d } = reduceRational(value)
  if (n < 0n) {
    const root = index % 2 === 1 ? exactRoot({ n: -n, d }, index) : undefined
    return root && negateRational(root)
  }
  const [over, under] = [integerRoot(n, index), integerRoot(d, index)]
  return over !== undefined && under !== undefined ? { n: over, d: under } : undefined
}

/** r with r^index = n, by Newton's method from above. */
function integerRoot(n: bigint, index: number): bigint | undefined {
  if (n < 2n) return n
  const k = BigInt(index)
  let root = 1n << BigInt(Math.ceil(bitLength(n) / index))
  for (;;) {
    const next = ((k - 1n) * root + n / root ** (k - 1n)) / k
    if (next >= root) break
    root = next
  }
  return root ** k === n ? root : undefined
}

/** Functions of rational numbers with rational values; undefined for the others. */
function callFunction(
  name: string,
  values: readonly Rational[],
  budget: Budget,
): Rational | undefined {
  const [first, second] = values
  const integers = values.map(integerOf)
  const allIntegers = integers.every((value) => value !== undefined)
  switch (name) {
    case 'abs':
      return first.n < 0n ? negateRational(first) : first
    case 'floor':
      return rational(floorDivide(first.n, first.d))
    case 'ceil':
      return rational(-floorDivide(-first.n, first.d))
    case 'max':
      return values.reduce((a, b) => (compareRational(a, b) < 0 ? b : a))
    case 'min':
      return values.reduce((a, b) => (compareRational(a, b) > 0 ? b : a))
  }
  if (!allIntegers) return undefined
  const [n, k] = integers as bigint[]
  switch (name) {
    case 'factorial':
      spend(budget, Number(n * n) / 4000)
      return rational(factorial(n))
    case 'gcd':
      return rational((integers as bigint[]).reduce(greatestCommonDivisor))
    case 'lcm':
      return rational(
        (integers as bigint[]).reduce((a, b) =>
          a === 0n || b === 0n ? 0n : (a * b) / greatestCommonDivisor(a, b),
        ),
      )
    case 'mod':
      return second && k !== 0n ? rational(n - k * floorDivide(n, k)) : undefined
    case 'binomial':
      spend(budget, Number(n * n) / 2000)
      return rational(binomial(n, k))
    default:
      return undefined
  }
}

function binomial(n: bigint, k: bigint): bigint {
  if (n < 0n || n > 1500n) throw new Undecidable('binomial out of range')
  if (k < 0n || k > n) return 0n
  return factorial(n) / (factorial(k) * factorial(n - k))
}

function floorDivide(a: bigint, b: bigint): bigint {
  const quotient = a / b
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient
}
