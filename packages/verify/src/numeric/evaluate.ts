import { spend, type Budget } from '../budget.ts'
import { bitLength } from '../exact/rational.ts'
import type { Node, SeriesNode } from '../syntax/node.ts'
import { DEGREE, haveSameDimensions, PERCENT } from '../syntax/units.ts'
import { Undecidable } from '../undecidable.ts'
import type { Complex, ComplexArithmetic } from './complex.ts'
import { nearestInteger, numericFunctions } from './functions.ts'
import { pseudoRandom } from './pseudo-random.ts'

/** Where an expression is evaluated. */
export interface Point {
  readonly complex: ComplexArithmetic
  readonly values: ReadonlyMap<string, Complex>
  /** The base of a `log` without one. */
  readonly logBase: 'e' | 'ten'
  readonly budget: Budget
  /** The largest term any sum had: what cancellation lost is this times the arithmetic's error. */
  readonly peak: { value: bigint }
}

const MOST_TERMS = 300n

/**
 * The complex value of an expression at a point. Functions the answer does not define take a value
 * that depends, as if by chance, on their name and arguments: two expressions that agree do so
 * whatever the functions are.
 *
 * @throws Undecidable where there is no value: a pole, a symbol without one, a node that is no
 * number, too much work
 */
export function evaluate(node: Node, point: Point): Complex {
  const { complex, values, budget } = point
  const { real } = complex
  spend(budget, real.cost)
  switch (node.type) {
    case 'number':
      return { re: real.fraction(node.value.n, node.value.d), im: 0n }
    case 'symbol':
      return values.get(node.name) ?? missing(node.name)
    case 'constant':
      return values.get(node.name) ?? constant(node.name, point)
    case 'negative': {
      const { re, im } = evaluate(node.of, point)
      return { re: -re, im: -im }
    }
    case 'sum':
      return sum(
        node.of.map((term) => evaluate(term, point)),
        point,
      )
    case 'product':
      return node.of.map((factor) => evaluate(factor, point)).reduce(complex.multiply)
    case 'quotient': {
      const under = evaluate(node.under, point)
      if (isSmall(under, point)) throw new Undecidable('division by zero')
      return complex.divide(evaluate(node.over, point), under)
    }
    case 'power':
      return power(node.base, node.exponent, point)
    case 'root':
      return root(evaluate(node.of, point), node.index, point)
    case 'call':
      return call(node.name, node.of, point)
    case 'unknown': {
      spend(budget, 5 * real.cost)
      const of = node.of.map((argument) => evaluate(argument, point))
      return { re: pseudoRandom(node.name, of, real), im: 0n }
    }
    case 'series':
      return series(node, point)
    case 'quantity':
      return quantity(node, point)
    default:
      throw new Undecidable(`a ${node.type} has no numeric value`)
  }
}

function sum(terms: readonly Complex[], { complex, peak }: Point): Complex {
  for (const { re, im } of terms) {
    for (const part of [re, im]) {
      if (part > peak.value) peak.value = part
      else if (-part > peak.value) peak.value = -part
    }
  }
  return terms.reduce(complex.add)
}

function missing(name: string): never {
  throw new Undecidable(`${name} has no value`)
}

function constant(name: 'pi' | 'e' | 'i', { complex: { real } }: Point): Complex {
  if (name === 'pi') return { re: real.pi, im: 0n }
  return name === 'e' ? { re: real.exp(real.one), im: 0n } : { re: 0n, im: real.one }
}

/** Zero, but for the arithmetic's own error. */
function isSmall({ re, im }: Complex, { complex: { real } }: Point): boolean {
  const small = 1n << BigInt(Math.floor(real.bits / 4))
  return re < small && -re < small && im < small && -im < small
}

function power(baseNode: Node, exponentNode: Node, point: Point): Complex {
  const { complex, budget } = point
  const exponent = evaluate(exponentNode, point)
  const integer = exponent.im === 0n ? nearestInteger(exponent.re, complex.real) : undefined
  if (baseNode.type === 'constant' && baseNode.name === 'e' && !point.values.has('e')) {
    spend(budget, 30 * complex.real.cost)
    return complex.exp(exponent)
  }
  const base = evaluate(baseNode, point)
  if (integer !== undefined) {
    spend(budget, 10 * complex.real.cost + powerCost(base, integer, point))
    if (integer < 0n && isSmall(base, point)) throw new Undecidable('division by zero')
    return complex.powerInteger(base, integer)
  }
  spend(budget, 60 * complex.real.cost)
  return isSmall(base, point)
    ? complex.power({ re: 0n, im: 0n }, exponent)
    : complex.power(base, exponent)
}

/** Large powers of numbers above 1 are long numbers. */
function powerCost({ re, im }: Complex, exponent: bigint, { complex: { real } }: Point): number {
  const digits = bitLength(re > im ? re : im) - real.bits
  return digits > 0 ? ((digits * Math.abs(Number(exponent))) / 1000) ** 2 : 0
}

function root(of: Complex, index: number, point: Point): Complex {
  const { complex, budget } = point
  spend(budget, (index === 2 ? 10 : 60) * complex.real.cost)
  if (index === 2) return complex.squareRoot(of)
  if (isSmall(of, point)) return { re: 0n, im: 0n }
  const exponent = { re: complex.real.one / BigInt(index), im: 0n }
  if (of.im === 0n && of.re < 0n && index % 2 === 1) {
    const { re } = complex.power({ re: -of.re, im: 0n }, exponent)
    return { re: -re, im: 0n }
  }
  return complex.power(of, exponent)
}

function call(name: string, of: readonly Node[], point: Point): Complex {
  spend(point.budget, 40 * point.complex.real.cost)
  const found = numericFunctions.get(name === 'log' && point.logBase === 'ten' ? 'log10' : name)
  if (!found) throw new Undecidable(`${name} has no numeric value`)
  return found(
    of.map((argument) => evaluate(argument, point)),
    point.complex,
  )
}

function series({ operator, index, from, to, body }: SeriesNode, point: Point): Complex {
  const { complex, values } = point
  const [first, last] = [from, to].map((bound) =>
    nearestInteger(evaluate(bound, point).re, complex.real),
  )
  if (first === undefined || last === undefined || last - first > MOST_TERMS)
    throw new Undecidable('a series too long')
  let result: Complex = { re: operator === 'sum' ? 0n : complex.real.one, im: 0n }
  for (let k = first; k <= last; k++) {
    const term = evaluate(body, {
      ...point,
      values: new Map(values).set(index, { re: k * complex.real.one, im: 0n }),
    })
    result = operator === 'sum' ? complex.add(result, term) : complex.multiply(result, term)
  }
  return result
}

/** Degrees are π/180 and per cent 1/100 inside an expression; other units have no number. */
function quantity(node: Extract<Node, { type: 'quantity' }>, point: Point): Complex {
  const { complex } = point
  const of = evaluate(node.of, point)
  if (haveSameDimensions(node.unit, DEGREE))
    return complex.divide(complex.multiply(of, { re: complex.real.pi, im: 0n }), {
      re: 180n * complex.real.one,
      im: 0n,
    })
  if (haveSameDimensions(node.unit, PERCENT))
    return complex.divide(of, { re: 100n * complex.real.one, im: 0n })
  throw new Undecidable('a quantity has no number')
}
