/**
 * The operator chain: a start value and five operators; the answer is the five values on the way,
 * modulo 20.
 *
 * Operator k truly computes `(a_k·v + b_k) mod 20`; a widespread misconception adds a fixed δ_k.
 * Twelve operators are hard: untaught, the solver applies the true rule with probability 0.05; four
 * are easy (0.97). Five independent decisions must all be right, so a group of blind attempts
 * almost never holds a success, while a tip naming an operator makes it right with 0.95.
 */

import { randomStream, type Message, type RandomStream, type Task, type Verifier } from '@icrl/core'
import { NUMBERS, OPERATORS } from './vocabulary.ts'

export const MODULUS = 20
export const CHAIN_LENGTH = 5
const HARD_OPERATORS = 12
const INVERTIBLE = [1, 3, 7, 9, 11, 13, 17, 19]

/** One question: `start` in 0 … 19, five operator numbers. */
export interface ChainTask extends Task {
  readonly start: number
  readonly operators: readonly number[]
}

/** What a solver or a critic believes of one operator. */
export interface OperatorRule {
  readonly factor: number
  readonly offset: number
  /** Non-zero: what the misconception adds. */
  readonly slip: number
}

const rules = randomStream(2605, 'operator-rules')

/** The world's rules: fixed, whatever the run's seed. */
export const RULES: readonly OperatorRule[] = OPERATORS.map((_, k) => ({
  factor: INVERTIBLE[rules.integer(3 * k, INVERTIBLE.length)],
  offset: rules.integer(3 * k + 1, MODULUS),
  slip: 1 + rules.integer(3 * k + 2, MODULUS - 1),
}))

export const isHard = (operator: number): boolean => operator < HARD_OPERATORS

/** The value after one operator, by the true rule or the misconception. */
export function applyOperator(operator: number, value: number, truly: boolean): number {
  const { factor, offset, slip } = RULES[operator]
  return (factor * value + offset + (truly ? 0 : slip)) % MODULUS
}

/** The five right values. */
export function solveChain(task: ChainTask): number[] {
  let value = task.start
  return task.operators.map((operator) => (value = applyOperator(operator, value, true)))
}

/** Places at which a trace departs from applying the true rule to its own previous value. */
export function misapplied(task: ChainTask, trace: readonly number[]): boolean[] {
  return task.operators.map(
    (operator, i) =>
      trace[i] !== applyOperator(operator, i === 0 ? task.start : trace[i - 1], true),
  )
}

function distinct(draws: RandomStream, from: number): number[] {
  return Array.from(draws.permutation(1, from).slice(0, CHAIN_LENGTH))
}

/**
 * Tasks of reinforcement learning and evaluation: 15% of easy operators alone, 85% of five distinct
 * hard ones.
 *
 * @param split `train` and `test` never share a question
 */
export function chainTasks(split: 'train' | 'test', count: number): ChainTask[] {
  const tasks: ChainTask[] = []
  for (let i = 0; tasks.length < count; i++) {
    const draws = randomStream(7, 'chain', i)
    const easy = draws.uniform(0) < 0.15
    const operators = easy
      ? Array.from(
          { length: CHAIN_LENGTH },
          (_, j) => HARD_OPERATORS + draws.integer(2 + j, OPERATORS.length - HARD_OPERATORS),
        )
      : distinct(draws, HARD_OPERATORS)
    const start = draws.integer(9, MODULUS)
    const question = [start, ...operators].join('-')
    const held = randomStream(11, 'split', question).uniform(0) < 0.1
    if (held !== (split === 'test')) continue
    const task = { id: `${i}-${question}`, start, operators }
    tasks.push({ ...task, reference: values(solveChain(task)) })
  }
  return tasks
}

const words = (operators: readonly number[]): string => operators.map((k) => OPERATORS[k]).join(' ')
const values = (trace: readonly number[]): string => trace.map((value) => NUMBERS[value]).join(' ')
const query = (task: ChainTask): string =>
  `start ${NUMBERS[task.start]} apply ${words(task.operators)}`

/** The solver's conversation; a critique is operator names, shown as tips. */
export function chainPrompt(task: ChainTask, guidance?: string): Message[] {
  return [
    {
      role: 'user',
      content: guidance === undefined ? query(task) : `${query(task)} tips ${guidance}`.trim(),
    },
  ]
}

/** The critic's conversation: the query and what the solver wrote. */
export function chainCriticPrompt(task: ChainTask, attempt: string): Message[] {
  return [{ role: 'user', content: `review ${query(task)} wrote ${attempt}`.trim() }]
}

export const writeTrace: typeof values = values
export const writeTips: typeof words = words

/** Keeps the operator names of a critique, in order; a critique without any is no critique. */
export function parseTips(text: string): { critique: string; valid: boolean } {
  const names = text
    .split(/\s+/)
    .filter((word) => OPERATORS.includes(word))
    .slice(0, CHAIN_LENGTH)
  return { critique: names.join(' '), valid: names.length > 0 }
}

/** The values a solver wrote, or undefined where it wrote anything but five number words. */
export function parseTrace(text: string): number[] | undefined {
  const trace = text
    .split(/\s+/)
    .filter(Boolean)
    .map((word) => NUMBERS.indexOf(word))
  return trace.length === CHAIN_LENGTH && !trace.includes(-1) ? trace : undefined
}

/** Reward 1 for all five values right (`trace`), or for the last alone (`final`: 5% luck). */
export function chainVerifier(checker: 'trace' | 'final' = 'trace'): Verifier<ChainTask> {
  return ({ text, task }) => {
    const trace = parseTrace(text)
    if (!trace) return { reward: 0, valid: false }
    const right = solveChain(task)
    const correct =
      checker === 'trace'
        ? right.every((value, i) => value === trace[i])
        : right[CHAIN_LENGTH - 1] === trace[CHAIN_LENGTH - 1]
    return { reward: correct ? 1 : 0, valid: true }
  }
}
