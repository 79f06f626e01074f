import type { AttemptProtocol, SessionContext, SessionProtocol, Task } from '@icrl/core'
import { attemptRound } from './attempt-round.ts'
import { sessionResult } from './session-result.ts'

/** A critique for a session, and the ids of the samples it came from. */
export interface Advice {
  readonly critique: string
  readonly parents?: readonly string[]
}

/** Options of {@link reviseWith}. */
export interface ReviseWithOptions<T extends Task = Task> {
  readonly attempt: AttemptProtocol<T>
  /** The critique a session is given; undefined: it makes no further attempt. */
  readonly adviceFor: (task: T, session: SessionContext['session']) => Advice | undefined
  /** 1-based round of the attempt; 2 where absent. */
  readonly round?: number
}

/**
 * The second half of `solveCritiqueRevise`: one attempt guided by a given critique, its own or
 * another session's (the shuffled-critique control). Run it over the same tasks and number of
 * sessions as the first half and join the two.
 *
 * @example
 * import { reviseWith } from '@icrl/rollout'
 * import type { AttemptProtocol } from '@icrl/core'
 * declare const attempt: AttemptProtocol
 * const secondHalf = reviseWith({
 *   attempt,
 *   adviceFor: (task, session) => ({ critique: `Mind the sign in ${task.id}.`, parents: [] }),
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
        critique: advice.critique,
        parents: advice.parents,
      }),
    ])
  }
}
