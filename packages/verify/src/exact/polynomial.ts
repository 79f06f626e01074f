import { spend, type Budget } from '../budget.ts'
import { Undecidable } from '../undecidable.ts'
import { addRational, multiplyRational, ONE, reduceRational, type Rational } from './rational.ts'

/** Indeterminates with exponents, sorted by name: x²y as `x^2 y`; the empty one is the constant. */
type Monomial = string

/** A polynomial over the rationals: coefficients, none zero, by monomial. */
export type Polynomial = ReadonlyMap<Monomial, Rational>

/** Larger polynomials are not computed. */
const MOST_TERMS = 600
const HIGHEST_POWER = 64n

export const ZERO_POLYNOMIAL: Polynomial = new Map()

export function constantPolynomial(value: Rational): Polynomial {
  return value.n === 0n ? ZERO_POLYNOMIAL : new Map([['', value]])
}

/** The polynomial of one indeterminate; names have no spaces and no `^`. */
export function indeterminate(name: string): Polynomial {
  return new Map([[`${name}^1`, ONE]])
}

export function addPolynomials(a: Polynomial, b: Polynomial, budget: Budget): Polynomial {
  spend(budget, a.size + b.size)
  const result = new Map(a)
  for (const [monomial, coefficient] of b) addTerm(result, monomial, coefficient)
  return checked(result)
}

export function multiplyPolynomials(a: Polynomial, b: Polynomial, budget: Budget): Polynomial {
  spend(budget, a.size * b.size * (4 + (longestMonomial(a) + longestMonomial(b)) / 10))
  const result = new Map<Monomial, Rational>()
  for (const [left, x] of a) {
    for (const [right, y] of b)
      addTerm(result, multiplyMonomials(left, right), multiplyRational(x, y))
  }
  return checked(result)
}

function longestMonomial(polynomial: Polynomial): number {
  let longest = 0
  for (const monomial of polynomial.keys()) longest = Math.max(longest, monomial.length)
  return longest
}

/** p^k for 0 ≤ k ≤ 64. */
export function powerPolynomial(base: Polynomial, exponent: bigint, budget: Budget): Polynomial {
  if (exponent > HIGHEST_POWER) throw new Undecidable('power of a polynomial too high')
  let result = constantPolynomial(ONE)
  for (let k = 0n; k < exponent; k++) result = multiplyPolynomials(result, base, budget)
  return result
}

export function samePolynomial(a: Polynomial, b: Polynomial): boolean {
  return (
    a.size === b.size &&
    [...a].every(([monomial, x]) => {
      const y = b.get(monomial)
      return y !== undefined && x.n * y.d === y.n * x.d
    })
  )
}

function addTerm(result: Map<Monomial, Rational>, monomial: Monomial, coefficient: Rational): void {
  const sum = addRational(result.get(monomial) ?? { n: 0n, d: 1n }, coefficient)
  if (sum.n === 0n) result.delete(monomial)
  else result.set(monomial, sum.d > 1n << 64n ? reduceRational(sum) : sum)
}

function multiplyMonomials(a: Monomial, b: Monomial): Monomial {
  if (a === '' || b === '') return a + b
  const powers = new Map<string, number>()
  for (const part of `${a} ${b}`.split(' ')) {
    const split = part.lastIndexOf('^')
    const name = part.slice(0, split)
    powers.set(name, (powers.get(name) ?? 0) + Number(part.slice(split + 1)))
  }
  return [...powers]
    .map(([name, power]) => `${name}^${power}`)
    .sort()
    .join(' ')
}

function checked(polynomial: Map<Monomial, Rational>): Polynomial {
  if (polynomial.size > MOST_TERMS) throw new Undecidable('polynomial too large')
  return polynomial
}
