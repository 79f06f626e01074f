import type { Outcome, SessionContext, SessionResult, Task } from '@icrl/core'
import type { AttemptRound, RoundPart } from './solve-critique-revise.ts'

/**
 * Puts the result of a session together from its parts, in their order. Every part with an attempt
 * adds that attempt's outcome.
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
    outcomes: parts.flatMap((part) => ('attempt' in part ? [outcome(part.attempt)] : [])),
    transcript: parts.flatMap(({ transcript }) => transcript),
  }
}

function outcome({ reward, success }: Outcome): Outcome {
  return { reward, success }
}
