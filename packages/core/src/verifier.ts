import type { Task } from './task.ts'

/** A checker's judgment of one response. */
export interface Verdict {
  /** In [0, 1]; success is 1 exactly. */
  readonly reward: number
  /** False where the response has no answer to check. */
  readonly valid: boolean
  /** Named components of the reward. */
  readonly components?: Readonly<Record<string, number>>
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
