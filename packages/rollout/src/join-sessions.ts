import { IcrlError, type SessionFailure, type SessionResult } from '@icrl/core'

/**
 * Joins sessions that were run in two phases: what `second` has of a task and session follows what
 * `first` has of it. A session that failed in either phase has failed: nothing of it is trained,
 * and what its other phase sampled is counted with the failure.
 *
 * @throws `invalid-shape` if the phases are not of the same tasks and sessions, in the same order.
 * @example
 * import { joinSessions } from '@icrl/rollout'
 * import type { SessionResult } from '@icrl/core'
 * declare const attempts: SessionResult[], revisions: SessionResult[]
 * const whole = joinSessions(attempts, revisions)
 */
export function joinSessions(
  first: readonly SessionResult[],
  second: readonly SessionResult[],
): SessionResult[] {
  const matches =
    first.length === second.length &&
    first.every((a, i) => a.task === second[i].task && a.session === second[i].session)
  if (!matches)
    throw new IcrlError(
      `joinSessions: ${first.length} and ${second.length} sessions that do not pair.`,
      {
        code: 'invalid-shape',
        remedy: 'Run both phases over the same tasks and the same number of sessions.',
      },
    )
  return first.map((a, i) => join(a, second[i]))
}

function join(a: SessionResult, b: SessionResult): SessionResult {
  const transcript = [...a.transcript, ...b.transcript]
  if (a.failure || b.failure)
    return {
      task: a.task,
      session: a.session,
      samples: [],
      outcomes: [],
      transcript,
      failure: joinFailures(a, b),
    }
  return {
    task: a.task,
    session: a.session,
    samples: [...a.samples, ...b.samples],
    outcomes: [...a.outcomes, ...b.outcomes],
    transcript,
  }
}

function joinFailures(a: SessionResult, b: SessionResult): SessionFailure {
  const reason = [a.failure?.reason, b.failure?.reason]
    .filter((text) => text !== undefined)
    .join(' ')
  return { reason, tokens: sampledTokens(a) + sampledTokens(b) }
}

/**
 * Tokens that a session sampled for training, failed or not: what the ledger counts as generated.
 *
 * @example
 * import { sampledTokens } from '@icrl/rollout'
 * console.log(
 *   sampledTokens({
 *     task: 'q',
 *     session: 0,
 *     samples: [],
 *     outcomes: [],
 *     transcript: [],
 *     failure: { reason: 'lost', tokens: 12 },
 *   }),
 * ) // 12
 */
export function sampledTokens({ samples, failure }: SessionResult): number {
  return samples.reduce(
    (sum, { mask }) => sum + mask.reduce((ones, one) => ones + one, 0),
    failure?.tokens ?? 0,
  )
}
