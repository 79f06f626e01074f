import type { AttemptProtocol, SessionProtocol, Task } from '@icrl/core'
import { type Gate, stopAtSuccess } from './gate.ts'
import { sessionResult } from './session-result.ts'
import { attemptRound, type AttemptRound, checkRounds } from './solve-critique-revise.ts'

/**
 * A session of up to `rounds` unguided attempts, until the gate stops it. Critiques are
 * compared with it (critic lift).
 *
 * @throws `invalid-option` if `rounds` is not an integer of 1 or more.
 * @example
 * import { plainRetry } from '@icrl/rollout'
 * import type { AttemptProtocol } from '@icrl/core'
 * declare const attempt: AttemptProtocol
 * const protocol = plainRetry(attempt, 2)
 */
export function plainRetry<T extends Task = Task>(
  attempt: AttemptProtocol<T>,
  rounds: number,
  gate: Gate = stopAtSuccess,
): SessionProtocol<T> {
  checkRounds('plainRetry', rounds)
  return async function* (task, context) {
    const parts: AttemptRound[] = []
    for (let round = 1; round <= rounds; round++) {
      const part = yield* attemptRound({ attempt, task, context, round })
      parts.push(part)
      if (gate(part.attempt, round)) break
    }
    return sessionResult(task, context, parts)
  }
}

/**
 * A session of one unguided attempt: GRPO's rollouts, and the headline figure of evaluations.
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
