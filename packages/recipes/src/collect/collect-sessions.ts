import type { Collector, SessionProtocol, Task } from '@icrl/core'

/** Options of {@link collectSessions}. */
export interface CollectSessionsOptions<T extends Task> {
  /** What a session does. */
  readonly protocol: SessionProtocol<T>
  /** Tasks of a step. */
  readonly tasksPerStep: number
  /** Sessions of each task, which are compared with each other. */
  readonly sessionsPerTask: number
}

/**
 * Runs the sessions of a step: the next tasks, each the same number of times.
 *
 * @example
 * import { collectSessions } from '@icrl/recipes'
 * import { solveOnce } from '@icrl/rollout'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const collect = collectSessions({
 *   protocol: solveOnce(attempt),
 *   tasksPerStep: 16,
 *   sessionsPerTask: 8,
 * })
 */
export function collectSessions<T extends Task>({
  protocol,
  tasksPerStep,
  sessionsPerTask,
}: CollectSessionsOptions<T>): Collector<T> {
  return (context) => context.run(protocol, context.take(tasksPerStep), sessionsPerTask)
}
