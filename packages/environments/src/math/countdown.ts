import type { Environment } from '@icrl/core'
import type { Draws } from '../draws.ts'
import { evaluateExpression } from './evaluate-expression.ts'
import { lastBoxed, type MathProblem } from './math-problem.ts'
import { math } from './math.ts'
import {
  generatedProblems,
  type GenerateProblemsOptions,
  type ProblemSource,
} from './problem-source.ts'

/** Numbers to be joined into a target; `answer` is one way. */
export interface CountdownProblem extends MathProblem {
  /** `[numbers]` to calculate with, each at most once. */
  readonly numbers: readonly number[]
  /** What must come out. */
  readonly target: number
}

/** Options of {@link countdown}. */
export interface CountdownOptions extends GenerateProblemsOptions {
  /** How many numbers. @defaultValue 4 */
  readonly count?: number
  /** The largest that a number may be. @defaultValue 25 */
  readonly largest?: number
}

/**
 * Joins two parts at random until one is left. All results on the way are whole, positive and below
 * 1000, so the target is one a person would accept.
 */
function join(
  draws: Draws,
  numbers: readonly number[],
): { value: number; text: string } | undefined {
  let parts = numbers.map((value) => ({ value, text: String(value) }))
  while (parts.length > 1) {
    const [a, b, ...rest] = draws.shuffled(parts)
    const options = [
      { value: a.value + b.value, text: `(${a.text} + ${b.text})` },
      { value: a.value * b.value, text: `(${a.text} * ${b.text})` },
      { value: a.value - b.value, text: `(${a.text} - ${b.text})` },
      { value: a.value / b.value, text: `(${a.text} / ${b.text})` },
    ].filter(({ value }) => Number.isInteger(value) && value > 0 && value < 1000)
    if (options.length === 0) return undefined
    parts = [...rest, draws.pick(options)]
  }
  return parts[0]
}

/**
 * Countdown's numbers game: join all numbers, each once, by `+ - * /` into the target.
 *
 * @example
 * countdownProblems({ count: 3 }).problem('train-0') // { numbers: [2, 7, 5], target: 19, answer: '((2 * 7) + 5)', … }
 */
export function countdownProblems(options: CountdownOptions = {}): ProblemSource<CountdownProblem> {
  const { count = 4, largest = 25 } = options
  return generatedProblems(
    'countdown',
    (draws): Omit<CountdownProblem, 'id'> => {
      const numbers = Array.from({ length: count }, () => draws.between(1, largest))
      let way = join(draws, numbers)
      for (let tries = 0; !way && tries < 50; tries++) way = join(draws, numbers)
      const { value, text } = way ?? {
        value: numbers.reduce((a, b) => a + b),
        text: numbers.join(' + '),
      }
      const question = `Use each of the numbers ${numbers.join(', ')} exactly once, with +, -, *, / and parentheses, to make ${value}. Give the expression.`
      return { question, answer: text, numbers, target: value }
    },
    options,
  )
}

/**
 * Whether the last box of a response holds an expression of exactly the given numbers with the
 * target's value; `= target` may follow.
 *
 * @example
 * checkCountdown('\\boxed{2 * 7 + 5}', { numbers: [2, 7, 5], target: 19 }) // true
 */
export function checkCountdown(
  response: string,
  { numbers, target }: Pick<CountdownProblem, 'numbers' | 'target'>,
): boolean {
  const boxed = lastBoxed(response)?.split('=') ?? []
  const value =
    boxed.length === 1 || (boxed.length === 2 && boxed[1].trim() === String(target))
      ? evaluateExpression(boxed[0])
      : undefined
  if (!value || value.above !== BigInt(target) * value.below) return false
  const sorted = (list: readonly number[]): string => [...list].sort((a, b) => a - b).join(' ')
  return sorted(value.numbers) === sorted(numbers)
}

/**
 * Countdown in one turn, with its own checker: any right expression counts.
 *
 * @example
 * const environment = countdown({ count: 3 })
 */
export function countdown(options: CountdownOptions = {}): Environment {
  return math({
    name: 'countdown',
    problems: countdownProblems(options),
    check: checkCountdown,
    instructions:
      'Find an expression that uses every given number exactly once and has the target as its value. End with the expression in \\boxed{}.',
  })
}
