import type { Draws } from '../draws.ts'
import type { MathProblem } from './math-problem.ts'
import {
  generatedProblems,
  type GenerateProblemsOptions,
  type ProblemSource,
} from './problem-source.ts'

/** A number as a further term: " + 3", " - 3", nothing for 0. */
const signed = (value: number): string =>
  value === 0 ? '' : value < 0 ? ` - ${-value}` : ` + ${value}`
const gcd = (a: number, b: number): number => (b === 0 ? Math.abs(a) : gcd(b, a % b))
const times = (coefficient: number, name: string): string =>
  coefficient === 1 ? name : coefficient === -1 ? `-${name}` : `${coefficient}${name}`

function fraction(above: number, below: number): string {
  const divisor = gcd(above, below) * Math.sign(below)
  const [a, b] = [above / divisor, below / divisor]
  return b === 1 ? String(a) : `${a < 0 ? '-' : ''}\\frac{${Math.abs(a)}}{${b}}`
}

function nonZero(draws: Draws, low: number, high: number): number {
  const value = draws.between(low, high - 1)
  return value >= 0 ? value + 1 : value
}

function linear(draws: Draws): Omit<MathProblem, 'id'> {
  const [a, b] = [nonZero(draws, -9, 9), draws.between(-20, 20)]
  let c = draws.between(-9, 9)
  if (c === a) c = a === 9 ? 8 : a + 1
  const d = draws.between(-20, 20)
  return {
    question: `Solve $${times(a, 'x')}${signed(b)} = ${c === 0 ? d : times(c, 'x') + signed(d)}$ for $x$.`,
    answer: fraction(d - b, a - c),
  }
}

function quadratic(draws: Draws): Omit<MathProblem, 'id'> {
  const [p, q] = [draws.between(-9, 9), draws.between(-9, 9)]
  const middle = p + q === 0 ? '' : `${signed(-(p + q)).replace(/ 1$/, ' ')}x`
  return {
    question: `What is the larger solution of $x^2${middle}${signed(p * q)} = 0$? (A double solution counts as one.)`,
    answer: String(Math.max(p, q)),
  }
}

/**
 * Linear equations with rational solutions and quadratic ones with whole roots.
 *
 * @example
 * equations().problem('train-0')?.question
 */
export function equations(options: GenerateProblemsOptions = {}): ProblemSource {
  return generatedProblems(
    'equations',
    (draws) => (draws.chance(0.6) ? linear(draws) : quadratic(draws)),
    options,
  )
}
