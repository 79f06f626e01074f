import { hasZeroVariance } from '@icrl/advantage'
import type { Collector, SessionResult, Task } from '@icrl/core'
import type { CollectSessionsOptions } from './collect-sessions.ts'

/** Options of {@link collectInformative}. */
export interface CollectInformativeOptions<T extends Task> extends CollectSessionsOptions<T> {
  /** Times sessions are run in a step, the first included. */
  readonly maxRounds: number
}

/**
 * Runs sessions of further tasks in place of those whose first attempts all ended alike, until
 * every group has spread, tasks run out, or it was tried often enough: DAPO's dynamic sampling
 * (arXiv 2503.14476, §3.2). All sessions are returned, so that the ledger sees them; dropping the
 * zero-variance groups is a filter's work.
 *
 * The paper samples more than it needs and cuts; here just what is missing is sampled again.
 *
 * @example
 * import { collectInformative } from '@icrl/recipes'
 * import { solveOnce } from '@icrl/rollout'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const collect = collectInformative({
 *   protocol: solveOnce(attempt),
 *   tasksPerStep: 16,
 *   sessionsPerTask: 8,
 *   maxRounds: 10,
 * })
 */
export function collectInformative<T extends Task>({
  protocol,
  tasksPerStep,
  sessionsPerTask,
  maxRounds,
}: CollectInformativeOptions<T>): Collector<T> {
  return async (context) => {
    const sessions: SessionResult[] = []
    let missing = tasksPerStep
    for (let round = 0; round < maxRounds && missing > 0; round++) {
      const tasks = context.take(missing)
      if (tasks.length === 0) break
      const results = await context.run(protocol, tasks, sessionsPerTask)
      sessions.push(...results)
      missing -= tasks.filter(({ id }) =>
        hasSpread(results.filter(({ task }) => task === id)),
      ).length
    }
    return sessions
  }
}

function hasSpread(sessions: readonly SessionResult[]): boolean {
  return !hasZeroVariance(
    sessions.filter(({ failure }) => !failure).map(({ outcomes }) => outcomes[0]),
  )
}
