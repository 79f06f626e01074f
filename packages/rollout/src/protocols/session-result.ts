import type { SessionContext, SessionPart, SessionResult, Task } from '@icrl/core'

/**
 * Puts the result of a session together from its parts, in their order.
 *
 * @example
 * import { sessionResult } from '@icrl/rollout'
 * import type { SessionContext } from '@icrl/core'
 * declare const context: SessionContext
 * const nothing = sessionResult({ id: 'q7' }, context, [])
 */
export function sessionResult(
  task: Task,
  context: Pick<SessionContext, 'session'>,
  parts: readonly SessionPart[],
): SessionResult {
  return {
    task: task.id,
    session: context.session,
    samples: parts.flatMap(({ samples }) => samples),
    outcomes: parts.flatMap(({ outcome }) => outcome ?? []),
    transcript: parts.flatMap(({ transcript }) => transcript),
  }
}
