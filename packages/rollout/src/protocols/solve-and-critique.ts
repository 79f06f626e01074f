import type { AttemptProtocol, SessionContext, SessionProtocol, Task } from '@icrl/core'
import { type Gate, stopAtSuccess } from './gate.ts'
import { sessionResult } from './session-result.ts'
import {
  attemptRound,
  type CriticOptions,
  critiqueRound,
  parentsFrom,
} from './solve-critique-revise.ts'

/** Options of {@link solveAndCritique}. */
export interface SolveAndCritiqueOptions<T extends Task = Task> extends CriticOptions<T> {
  /** How a task is attempted. */
  readonly attempt: AttemptProtocol<T>
  /** True: the attempt gets no critique. @defaultValue `stopAtSuccess` */
  readonly gate?: Gate
}

/**
 * The first half of `solveCritiqueRevise`: an attempt and, unless the gate stops it, a critique.
 * With `reviseWith` as the second half, critiques can be exchanged between sessions. If each
 * session is given its own, the two halves are `solveCritiqueRevise` with two rounds, draw for
 * draw.
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

/** A critique for a session, and the ids of the samples it came from. */
export interface Advice {
  /** What the next attempt is shown. */
  readonly guidance: string
  /** Ids of the samples that it was made from. @defaultValue none */
  readonly parents?: readonly string[]
}

/** Options of {@link reviseWith}. */
export interface ReviseWithOptions<T extends Task = Task> {
  /** How a task is attempted. */
  readonly attempt: AttemptProtocol<T>
  /** The critique that a session is given; undefined: it makes no further attempt. */
  readonly adviceFor: (task: T, session: SessionContext['session']) => Advice | undefined
  /** 1-based round of the attempt. @defaultValue 2 */
  readonly round?: number
}

/**
 * The second half of `solveCritiqueRevise`: one attempt guided by a given critique, the session's
 * own or another's (the shuffled-critique control). Run it over the same tasks and number of
 * sessions as the first half, and join the two with `joinSessions`.
 *
 * @example
 * import { reviseWith } from '@icrl/rollout'
 * import type { AttemptProtocol } from '@icrl/core'
 * declare const attempt: AttemptProtocol
 * const secondHalf = reviseWith({
 *   attempt,
 *   adviceFor: (task, session) => ({ guidance: `Mind the sign in ${task.id}.`, parents: [] }),
 * })
 */
export function reviseWith<T extends Task = Task>({
  attempt,
  adviceFor,
  round = 2,
}: ReviseWithOptions<T>): SessionProtocol<T> {
  return async function* (task, context) {
    const advice = adviceFor(task, context.session)
    if (!advice) return sessionResult(task, context, [])
    return sessionResult(task, context, [
      yield* attemptRound({
        attempt,
        task,
        context,
        round,
        guidance: advice.guidance,
        parents: advice.parents,
      }),
    ])
  }
}
