import type { AttemptProtocol, Task } from '@icrl/core'
import type { CriticOptions, Gate } from '@icrl/rollout'

/** One ICRL session, as its parts. */
export interface IcrlSession<T extends Task> extends CriticOptions<T> {
  readonly attempt: AttemptProtocol<T>
  /** K. */
  readonly rounds: number
  readonly gate: Gate
  readonly tasksPerStep: number
  readonly sessionsPerTask: number
}
