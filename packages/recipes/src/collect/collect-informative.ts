import { hasZeroVariance } from '@icrl/advantage'
import type { Collector, SessionResult, Task } from '@icrl/core'
import type { CollectSessionsOptions } from './collect-sessions.ts'

/** Options of {@link collectInformative}. */
export interface CollectInformativeOptions<T extends Task> extends CollectSessionsOptions<T> {
  /** How many times a step may run sessions, the first included. */
  readonly maxRounds: number
}

/**
 * Replaces tasks whose first attempts all have the same outcome by further tasks, until
 * `tasksPerStep` tasks have different outcomes, tasks run out, or sessions were run `maxRounds`
 * times: DAPO's dynamic sampling (arXiv 2503.14476, §3.2). It returns all sessions, so that the
 * ledger counts them; dropping the zero-variance groups is a filter's work.
 *
 * The paper samples more than it needs and drops the rest; here only what is missing is sampled.
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
    sessions.flatMap(({ outcomes }) => outcomes.slice(0, 1)).map(({ reward }) => reward),
  )
}
