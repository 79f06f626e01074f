import type { SessionContext, SessionResult, Task } from '@icrl/core'
import type { AttemptRound, RoundPart } from './solve-critique-revise.ts'

/**
 * Puts the result of a session together from its parts, in their order. Every part with an attempt
 * adds that attempt's reward to the outcomes.
 *
 * @example
 * import { sessionResult } from '@icrl/rollout'
 * import type { SessionContext } from '@icrl/core'
 * declare const context: SessionContext
 * const nothing = sessionResult({ id: 'q7' }, context, [])
 */
export function sessionResult(
  task: Task,
  context: SessionContext,
  parts: readonly (RoundPart | AttemptRound)[],
): SessionResult {
  return {
    task: task.id,
    session: context.session,
    samples: parts.flatMap(({ samples }) => samples),
    outcomes: parts.flatMap((part) => ('attempt' in part ? [part.attempt.reward] : [])),
    transcript: parts.flatMap(({ transcript }) => transcript),
  }
}
