import type { Json, SessionContext, SessionPart, SessionResult, Task } from '@icrl/core'

/**
 * Puts the result of a session together from its parts, in their order, and what it concluded.
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
  findings?: Readonly<Record<string, Json>>,
): SessionResult {
  return {
    task: task.id,
    session: context.session,
    samples: parts.flatMap(({ samples }) => samples),
    outcomes: parts.flatMap(({ outcome }) => outcome ?? []),
    transcript: parts.flatMap(({ transcript }) => transcript),
    ...(findings && { findings }),
  }
}
