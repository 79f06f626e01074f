import { IcrlError, randomStream } from '@icrl/core'
import { drawsFrom, type Draws } from '../draws.ts'
import type { MathProblem } from './math-problem.ts'

/** Problems by id. */
export interface ProblemSource<T extends MathProblem = MathProblem> {
  /** Ids of the problems that are trained on. */
  readonly train: readonly string[]
  /** Ids of the held-out ones. */
  readonly test: readonly string[]
  /** Undefined for an id not listed. */
  problem(id: string): T | undefined
}

/**
 * Problems given in full.
 *
 * @throws IcrlError `invalid-option` if two share an id
 * @example
 * math({
 *   problems: listedProblems({ train: [{ id: 'a', question: '1 + 1?', answer: '2' }], test: [] }),
 * })
 */
export function listedProblems<T extends MathProblem>(problems: {
  readonly train: readonly T[]
  readonly test: readonly T[]
}): ProblemSource<T> {
  const all = [...problems.train, ...problems.test]
  const byId = new Map(all.map((problem) => [problem.id, problem]))
  if (byId.size < all.length)
    throw new IcrlError('math: two problems have one id.', {
      code: 'invalid-option',
      remedy: 'Give each its own.',
    })
  return {
    train: problems.train.map(({ id }) => id),
    test: problems.test.map(({ id }) => id),
    problem: (id) => byId.get(id),
  }
}

/** Options of {@link generatedProblems}. */
export interface GenerateProblemsOptions {
  /** Another seed makes other problems. @defaultValue 0 */
  readonly seed?: number
  /** Problems to train on. @defaultValue 4,096 */
  readonly train?: number
  /** Held-out problems. @defaultValue 256 */
  readonly test?: number
}

/**
 * Problems drawn from a seed when they are needed; ids `train-0` …, `test-0` …. A training and a
 * test problem may coincide if the generator has few.
 *
 * @param name name of the generator; the draws depend on it
 * @example
 * generatedProblems('doubles', (draws) => {
 *   const n = draws.between(1, 99)
 *   return { question: `Twice ${n}?`, answer: String(2 * n) }
 * })
 */
export function generatedProblems<T extends Omit<MathProblem, 'id'>>(
  name: string,
  draw: (draws: Draws) => T,
  options: GenerateProblemsOptions = {},
): ProblemSource<T & MathProblem> {
  const { seed = 0, train = 4096, test = 256 } = options
  if (![train, test].every((n) => Number.isSafeInteger(n) && n >= 0 && n < 1e7)) {
    throw new IcrlError(`${name}: ${train} training and ${test} test problems.`, {
      code: 'invalid-option',
      remedy: 'Use whole numbers from 0.',
    })
  }
  return {
    train: Array.from({ length: train }, (_, i) => `train-${i}`),
    test: Array.from({ length: test }, (_, i) => `test-${i}`),
    problem: (id) => {
      const [, split, digits] = /^(train|test)-(0|[1-9]\d{0,6})$/.exec(id) ?? []
      if (split === undefined || Number(digits) >= (split === 'train' ? train : test))
        return undefined
      return {
        ...draw(drawsFrom(randomStream(seed, name, split, Number(digits)))),
        id,
        source: name,
      }
    },
  }
}
