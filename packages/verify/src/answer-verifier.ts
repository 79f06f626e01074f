import type { QuestionTask, Task, Verifier } from '@icrl/core'
import { extractShortAnswer } from './qa/extract-short-answer.ts'
import type { MathVerdict } from './verify-math.ts'

/**
 * Judges a response against what the task knows to be right: yes or no, a share in [0, 1], or a
 * `MathVerdict`.
 */
export type AnswerCheck<G> = (response: string, gold: G) => boolean | number | MathVerdict

/** Options of {@link answerVerifier}. */
export interface AnswerVerifierOptions<T extends Task, G> {
  /** What to check against. @defaultValue the task's `answer` */
  readonly gold?: (task: T) => G
  /** Name of the reward's component. @defaultValue `correct` */
  readonly name?: string
}

/**
 * Makes a check a reward: 1 or 0 for yes and no, the share itself for `f1`. A response is valid
 * where it has an answer to check.
 *
 * @example
 * import type { QuestionTask } from '@icrl/core'
 * import { f1, verifyMath } from '@icrl/verify'
 *
 * type Hotpot = QuestionTask & { readonly answers: readonly string[] }
 * const verifier = answerVerifier(verifyMath)
 * const partial = answerVerifier<Hotpot, readonly string[]>(f1, {
 *   gold: (task) => task.answers,
 *   name: 'f1',
 * })
 */
export function answerVerifier<T extends Task = QuestionTask, G = string>(
  check: AnswerCheck<G>,
  options: AnswerVerifierOptions<T, G> = {},
): Verifier<T> {
  const { name = 'correct', gold = (task: T) => (task as unknown as QuestionTask).answer as G } =
    options
  return ({ text, task }) => {
    const result = check(text, gold(task))
    const isVerdict = typeof result === 'object'
    const reward = Number(isVerdict ? result.correct : result)
    const valid = isVerdict
      ? result.extracted.prediction !== undefined
      : extractShortAnswer(text) !== undefined
    return { reward, valid, components: { [name]: reward } }
  }
}
