import type { AttemptProtocol, SessionProtocol, Task } from '@icrl/core'
import { attemptRound } from './attempt-round.ts'
import { sessionResult } from './session-result.ts'

/**
 * A session of one critique-free attempt: GRPO's rollouts, and the headline of every evaluation.
 *
 * @example
 * import { solveOnce } from '@icrl/rollout'
 * import type { AttemptProtocol } from '@icrl/core'
 * declare const attempt: AttemptProtocol
 * const protocol = solveOnce(attempt)
 */
export function solveOnce<T extends Task = Task>(attempt: AttemptProtocol<T>): SessionProtocol<T> {
  return async function* (task, context) {
    return sessionResult(task, context, [yield* attemptRound({ attempt, task, context, round: 1 })])
  }
}
