import type { Budget } from '../budget.ts'
import type { Node } from '../syntax/node.ts'
import { printNode } from '../syntax/print-node.ts'
import { Undecidable } from '../undecidable.ts'
import { rationalValue } from './rational-value.ts'
import {
  addPolynomials,
  constantPolynomial,
  indeterminate,
  multiplyPolynomials,
  powerPolynomial,
  samePolynomial,
  ZERO_POLYNOMIAL,
  type Polynomial,
} from './polynomial.ts'
import { negateRational, ONE, reduceRational, type Rational } from './rational.ts'

interface RationalFunction {
  readonly over: Polynomial
  readonly under: Polynomial
}

const UNIT = constantPolynomial(ONE)

/**
 * Whether two expressions are the same rational function over the rationals of their symbols and of
 * what is no polynomial in them (sin x, √2, e^t), each such thing an indeterminate. Equal ones are
 * equal; `different` is only claimed where there is no such thing, `undecided` elsewhere.
 *
 * @throws Undecidable past the gate: 600 terms, powers of 64, the budget
 */
export function sameRationalFunction(
  gold: Node,
  given: Node,
  budget: Budget,
): 'symbolic' | 'different' | 'undecided' {
  const kernels = new Set<string>()
  const [a, b] = [gold, given].map((node) => rationalFunction(node, kernels, budget))
  const same = samePolynomial(
    multiplyPolynomials(a.over, b.under, budget),
    multiplyPolynomials(b.over, a.under, budget),
  )
  return same ? 'symbolic' : kernels.size === 0 ? 'different' : 'undecided'
}

function rationalFunction(node: Node, kernels: Set<string>, budget: Budget): RationalFunction {
  const of = (child: Node): RationalFunction => rationalFunction(child, kernels, budget)
  switch (node.type) {
    case 'number':
      return constant(node.value)
    case 'symbol':
      return { over: indeterminate(nameOf(node.name)), under: UNIT }
    case 'negative': {
      const { over, under } = of(node.of)
      return {
        over: multiplyPolynomials(over, constantPolynomial(negateRational(ONE)), budget),
        under,
      }
    }
    case 'sum':
      return node.of.map(of).reduce((a, b) => {
        if (samePolynomial(a.under, b.under))
          return { over: addPolynomials(a.over, b.over, budget), under: a.under }
        return {
          over: addPolynomials(
            multiplyPolynomials(a.over, b.under, budget),
            multiplyPolynomials(b.over, a.under, budget),
            budget,
          ),
          under: multiplyPolynomials(a.under, b.under, budget),
        }
      })
    case 'product':
      return node.of.map(of).reduce((a, b) => multiply(a, b, budget))
    case 'quotient':
      return multiply(of(node.over), invert(of(node.under)), budget)
    case 'power': {
      const exponent = rationalValue(node.exponent, budget)
      const { n, d } = exponent ? reduceRational(exponent) : { n: 0n, d: 0n }
      if (d !== 1n) return kernel(node, kernels)
      const { over, under } = of(node.base)
      const [k, raised] = n < 0n ? [-n, invert({ over, under })] : [n, { over, under }]
      return {
        over: powerPolynomial(raised.over, k, budget),
        under: powerPolynomial(raised.under, k, budget),
      }
    }
    case 'constant':
    case 'root':
    case 'call':
    case 'unknown':
    case 'series':
      return kernel(node, kernels)
    default:
      throw new Undecidable(`a ${node.type} is no function`)
  }
}

/** An indeterminate for what is no polynomial. */
function kernel(node: Node, kernels: Set<string>): RationalFunction {
  const name = nameOf(printNode(node))
  kernels.add(name)
  return { over: indeterminate(name), under: UNIT }
}

function nameOf(text: string): string {
  return text.replaceAll(' ', '~').replaceAll('^', '`')
}

function constant(value: Rational): RationalFunction {
  return { over: constantPolynomial(value), under: UNIT }
}

function multiply(a: RationalFunction, b: RationalFunction, budget: Budget): RationalFunction {
  return {
    over: multiplyPolynomials(a.over, b.over, budget),
    under: multiplyPolynomials(a.under, b.under, budget),
  }
}

function invert({ over, under }: RationalFunction): RationalFunction {
  if (samePolynomial(over, ZERO_POLYNOMIAL)) throw new Undecidable('division by zero')
  return { over: under, under: over }
}
