import {
  type Message,
  outcomeOf,
  type SessionPart,
  type SessionProtocol,
  type Task,
  type Verifier,
} from '@icrl/core'
import { roleTurn, sessionResult } from '@icrl/rollout'

/** How a critique is validated by what becomes of the response. */
export interface RevisionValidationOptions<T extends Task> {
  /** Asks for a critique. */
  readonly criticPrompt: (task: T) => readonly Message[]
  /** Roles that each revise the response under the critique. */
  readonly revisers: readonly string[]
  /** Asks for a revision under a critique. */
  readonly revisePrompt: (task: T, critique: string) => readonly Message[]
  /** Scores a revision. */
  readonly verifier: Verifier<T>
}

/**
 * A critique of the role `critic`, and a revision of every reviser under it. Its finding `value` is the
 * mean of their scores; its outcome is a success if all of them are.
 *
 * @example
 * import { validateByRevision, type RevisionValidationOptions } from '@icrl/methods'
 * import type { QuestionTask } from '@icrl/core'
 * declare const options: RevisionValidationOptions<QuestionTask>
 * const protocol = validateByRevision(options)
 */
export function validateByRevision<T extends Task>({
  criticPrompt,
  revisers,
  revisePrompt,
  verifier,
}: RevisionValidationOptions<T>): SessionProtocol<T> {
  return async function* (task, context) {
    const critique = yield* roleTurn({
      role: 'critic',
      task,
      context,
      messages: criticPrompt(task),
    })
    const parts: SessionPart[] = [critique]
    const scores: number[] = []
    for (const role of revisers) {
      const messages = revisePrompt(task, critique.text)
      const { text, reply, ...revised } = yield* roleTurn({
        role,
        task,
        context,
        round: 2,
        messages,
      })
      parts.push(revised)
      const where = `task "${task.id}", role "${role}"`
      scores.push(outcomeOf(await verifier({ text, tokens: reply.tokens, task }), where).reward)
    }
    const value = scores.reduce((sum, score) => sum + score, 0) / scores.length
    const outcome = { reward: value, success: value === 1 }
    return sessionResult(task, context, [...parts, { samples: [], transcript: [], outcome }], {
      value,
    })
  }
}
