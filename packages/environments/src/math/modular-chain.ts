import type { MathProblem } from './math-problem.ts'
import {
  generatedProblems,
  type GenerateProblemsOptions,
  type ProblemSource,
} from './problem-source.ts'

/** Options of {@link modularChain}. */
export interface ModularChainOptions extends GenerateProblemsOptions {
  /** What every operation is computed modulo. @defaultValue 97 */
  readonly modulus?: number
  /** Number of operations. @defaultValue 4 */
  readonly steps?: number
}

/**
 * Chains of operations modulo a number: each result is the start of the next operation, so one slip
 * spoils the answer.
 *
 * @example
 * modularChain({ modulus: 7, steps: 2 }).problem('train-0')?.question
 */
export function modularChain(options: ModularChainOptions = {}): ProblemSource {
  const { modulus = 97, steps = 4 } = options
  return generatedProblems(
    'modular-chain',
    (draws): Omit<MathProblem, 'id'> => {
      const start = draws.between(0, modulus - 1)
      let value = start
      const words: string[] = []
      for (let i = 0; i < steps; i++) {
        const amount = draws.between(1, modulus - 1)
        const operation = draws.pick(['add', 'subtract', 'multiply'] as const)
        words.push(
          operation === 'add'
            ? `add ${amount}`
            : operation === 'subtract'
              ? `subtract ${amount}`
              : `multiply by ${amount}`,
        )
        value =
          operation === 'add'
            ? value + amount
            : operation === 'subtract'
              ? value - amount
              : value * amount
        value = ((value % modulus) + modulus) % modulus
      }
      const question = `Work modulo ${modulus}, with results from 0 to ${modulus - 1}. Start with ${start}, then ${words.join(', then ')}. What is the result?`
      return { question, answer: String(value) }
    },
    options,
  )
}
