import type { AttemptProtocol, SessionProtocol, Task } from '@icrl/core'
import { attemptRound } from './attempt-round.ts'
import { critiqueRound, type CriticOptions } from './critique-round.ts'
import { stopAtSuccess, type Gate } from './gate.ts'
import { parentsFrom } from './parents-from.ts'
import { sessionResult } from './session-result.ts'

export interface SolveAndCritiqueOptions<T extends Task = Task> extends CriticOptions<T> {
  readonly attempt: AttemptProtocol<T>
  /** Leaves an attempt without critique; `stopAtSuccess` where absent. */
  readonly gate?: Gate
}

/**
 * The first half of `solveCritiqueRevise`: an attempt and, unless the gate stops, its critique.
 * With `reviseWith` as the second half, critiques can be exchanged between sessions; given its own,
 * a session is the very same, draw for draw.
 *
 * @example
 * import { solveAndCritique, type SolveAndCritiqueOptions } from '@icrl/rollout'
 * declare const options: SolveAndCritiqueOptions
 * const firstHalf = solveAndCritique(options)
 */
export function solveAndCritique<T extends Task = Task>(
  options: SolveAndCritiqueOptions<T>,
): SessionProtocol<T> {
  const { attempt, gate = stopAtSuccess } = options
  return async function* (task, context) {
    const solved = yield* attemptRound({ attempt, task, context, round: 1 })
    if (gate(solved.attempt, 1)) return sessionResult(task, context, [solved])
    const critiqued = yield* critiqueRound({
      ...options,
      task,
      context,
      round: 1,
      attempt: solved.attempt,
      parents: parentsFrom(solved),
    })
    return sessionResult(task, context, [solved, critiqued])
  }
}
