import {
  outcomeOf,
  type Message,
  type SessionProtocol,
  type SessionResult,
  type Task,
  type Verifier,
} from '@icrl/core'
import { roleTurn, sessionResult } from '@icrl/rollout'

/** How an answer and the confidence in it are asked for. */
export interface StatedConfidenceOptions<T extends Task> {
  /** Asks for an answer and the confidence in it. */
  readonly prompt: (task: T) => readonly Message[]
  /** What an answer is worth. */
  readonly verifier: Verifier<T>
  /** Asks the solver how sure it is of its answer. */
  readonly confidencePrompt: (task: T, answer: string) => readonly Message[]
  /** The confidence in a text, from 0 to 1; of a stated uncertainty u it is 1 − u. */
  readonly confidenceOf: (text: string) => number | undefined
}

/** One answer, and how sure its writer was. */
export interface StatedConfidence {
  /** Whether the answer was right. */
  readonly right: boolean
  /** From 0 to 1; the worst value where none could be read: 1 for a wrong answer, 0 for a right one. */
  readonly confidence: number
}

/** Options of {@link stateConfidence}. */
export interface CriticizedConfidenceOptions<T extends Task> extends StatedConfidenceOptions<T> {
  /** Asks the role `teacher` to criticize a stated confidence. @defaultValue nobody is asked */
  readonly teacherPrompt?: (task: T, answer: string, stated: string) => readonly Message[]
}

/**
 * An answer, how sure its writer is, and, with a `teacherPrompt`, what the role `teacher` says of that.
 * Its finding `confidence` is that of {@link StatedConfidence}.
 *
 * @example
 * import { stateConfidence, type StatedConfidenceOptions } from '@icrl/methods'
 * import type { QuestionTask } from '@icrl/core'
 * declare const asking: StatedConfidenceOptions<QuestionTask>
 * const protocol = stateConfidence(asking)
 */
export function stateConfidence<T extends Task>({
  prompt,
  verifier,
  confidencePrompt,
  confidenceOf,
  teacherPrompt,
}: CriticizedConfidenceOptions<T>): SessionProtocol<T> {
  return async function* (task, context) {
    const asked = { role: 'solver', task, context }
    const { text, reply, ...answer } = yield* roleTurn({ ...asked, messages: prompt(task) })
    const verdict = await verifier({ text, tokens: reply.tokens, task })
    const outcome = outcomeOf(verdict, `task "${task.id}"`)
    const messages = confidencePrompt(task, text)
    const stated = yield* roleTurn({ ...asked, round: 2, messages })
    const confidence = confidenceOf(stated.text) ?? Number(!outcome.success)
    const criticized = teacherPrompt && {
      role: 'teacher',
      task,
      context,
      messages: teacherPrompt(task, text, stated.text),
    }
    const parts = [
      { ...answer, outcome },
      stated,
      ...(criticized ? [yield* roleTurn(criticized)] : []),
    ]
    return sessionResult(task, context, parts, { confidence })
  }
}

/** What a session of {@link stateConfidence} found; nothing of one that failed. */
export function statedIn({ outcomes, findings }: SessionResult): StatedConfidence[] {
  const confidence = findings?.confidence
  return typeof confidence === 'number' ? [{ right: outcomes[0].success, confidence }] : []
}
