import type {
  Attempt,
  AttemptProtocol,
  Coroutine,
  Sample,
  SessionContext,
  Task,
  TranscriptEntry,
} from '@icrl/core'
import { attemptSample } from './attempt-sample.ts'

/** What one role's turn adds to a session. */
export interface RoundPart {
  /** Empty where the role is not trained. */
  readonly samples: readonly Sample[]
  readonly transcript: readonly TranscriptEntry[]
}

export interface AttemptRound extends RoundPart {
  readonly attempt: Attempt
}

/** Options of {@link attemptRound}. */
export interface AttemptRoundOptions<T extends Task = Task> {
  readonly attempt: AttemptProtocol<T>
  readonly task: T
  readonly context: SessionContext
  /** 1-based. */
  readonly round: number
  readonly branch?: number
  /** Advice to show; absent: a critique-free attempt. */
  readonly critique?: string
  /** Ids of the samples it answers. */
  readonly parents?: readonly string[]
}

/**
 * One attempt of a session: runs the attempt protocol and makes its sample and transcript. A piece
 * to build session protocols of.
 *
 * @example
 * import { attemptRound, sessionResult } from '@icrl/rollout'
 * import type { AttemptProtocol, SessionProtocol } from '@icrl/core'
 * declare const attempt: AttemptProtocol
 * const twice: SessionProtocol = async function* (task, context) {
 *   const first = yield* attemptRound({ attempt, task, context, round: 1 })
 *   const second = yield* attemptRound({
 *     attempt,
 *     task,
 *     context,
 *     round: 2,
 *     critique: 'Check the sign.',
 *   })
 *   return sessionResult(task, context, [first, second])
 * }
 */
export async function* attemptRound<T extends Task>({
  attempt,
  task,
  context,
  round,
  branch,
  critique,
  parents,
}: AttemptRoundOptions<T>): Coroutine<AttemptRound> {
  const result = yield* attempt({ task, context, round, branch, critique })
  const sample = attemptSample({ task, context, result, round, branch, parents })
  const transcript = result.attempt.turns.flatMap(({ text, observation }): TranscriptEntry[] => [
    { role: 'solver', round, text, sample: sample?.id },
    ...(observation === undefined
      ? []
      : [{ role: 'environment', round, text: observation, sample: sample?.id }]),
  ])
  return { attempt: result.attempt, samples: sample ? [sample] : [], transcript }
}
