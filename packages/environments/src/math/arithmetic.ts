import type { MathProblem } from './math-problem.ts'
import {
  generatedProblems,
  type GenerateProblemsOptions,
  type ProblemSource,
} from './problem-source.ts'

/** Options of {@link arithmetic}. */
export interface ArithmeticOptions extends GenerateProblemsOptions {
  /** Numbers in the expression. @defaultValue 3 */
  readonly terms?: number
  /** Most digits of each. @defaultValue 2 */
  readonly digits?: number
}

/**
 * Sums, differences and products of whole numbers, with the usual precedence.
 *
 * @example
 * arithmetic({ terms: 2, digits: 1 }).problem('train-0') // { question: 'Compute $4 - 7$.', … }
 */
export function arithmetic(options: ArithmeticOptions = {}): ProblemSource {
  const { terms = 3, digits = 2 } = options
  return generatedProblems(
    'arithmetic',
    (draws): Omit<MathProblem, 'id'> => {
      const number = (): number => draws.between(0, 10 ** draws.between(1, digits) - 1)
      let words = ''
      let sum = 0n
      let product = 1n
      for (let i = 0; i < terms; i++) {
        const operator = i === 0 ? '+' : draws.pick(['+', '-', '\\times'])
        const value = number()
        if (i > 0) words += ` ${operator} `
        words += value
        if (operator === '\\times') product *= BigInt(value)
        else {
          sum += i === 0 ? 0n : product
          product = operator === '-' ? -BigInt(value) : BigInt(value)
        }
      }
      return { question: `Compute $${words}$.`, answer: String(sum + product) }
    },
    options,
  )
}
