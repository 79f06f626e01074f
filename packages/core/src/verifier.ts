import type { Judgment } from './outcome.ts'
import type { Task } from './task.ts'

/** A checker's judgment of one response. */
export interface Verdict extends Judgment {
  /** Any finite number; above 1 only with `success`. */
  readonly reward: number
  /** Whether the answer is right. @defaultValue true for a reward of 1, to within 1e-9 */
  readonly success?: boolean
  /** False where the response has no answer to check. */
  readonly valid: boolean
  /** Named components of the reward. */
  readonly components?: Readonly<Record<string, number>>
  /**
   * `[T]` what each token of the response earned, the outcome included: a process reward model's
   * scores at the last token of each step.
   *
   * @defaultValue `reward` is earned at the end
   */
  readonly tokenRewards?: Float32Array
}

/**
 * Judges a finished response. Deterministic, never throws on what a model may write, answers in
 * bounded time.
 *
 * @example
 * const verifier: Verifier<QuestionTask> = ({ text, task }) => ({
 *   reward: text.trim() === task.answer ? 1 : 0,
 *   valid: text.trim() !== '',
 * })
 */
export type Verifier<T extends Task = Task> = (response: {
  readonly text: string
  readonly tokens: Int32Array
  readonly task: T
}) => Verdict | Promise<Verdict>
