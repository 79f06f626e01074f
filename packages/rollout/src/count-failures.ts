import { IcrlError, type SessionResult } from '@icrl/core'

/** A reason why sessions failed, and how many did. */
export interface FailureCount {
  /** That of the first of them. */
  readonly reason: string
  /** What the first of them threw, unless it was stored and read back. */
  readonly error?: unknown
  /** Sessions that failed. */
  readonly sessions: number
}

/**
 * Failures by reason, most frequent first. Reasons that differ only in digits count as the same.
 *
 * @example
 * import { countFailures } from '@icrl/rollout'
 * import type { SessionResult } from '@icrl/core'
 * declare const results: SessionResult[]
 * for (const { reason, sessions } of countFailures(results)) console.log(`${sessions} × ${reason}`)
 */
export function countFailures(sessions: readonly Pick<SessionResult, 'failure'>[]): FailureCount[] {
  const counts = new Map<string, FailureCount>()
  for (const { failure } of sessions) {
    if (!failure) continue
    const kind = failure.reason.replace(/\d+/g, '#')
    const known = counts.get(kind)
    counts.set(kind, {
      reason: known?.reason ?? failure.reason,
      error: known ? known.error : failure.error,
      sessions: (known?.sessions ?? 0) + 1,
    })
  }
  return [...counts.values()].sort((a, b) => b.sessions - a.sessions)
}

/** Most reasons that an error lists. */
const LISTED = 3

/**
 * The error for sessions that all failed: how many, why, and as its cause what the first of them
 * threw, with its stack.
 *
 * @param what what they were of, such as `every session of step 3`
 * @param remedy what to do once the reasons are gone
 * @example
 * import { sessionsFailed } from '@icrl/rollout'
 * import type { SessionResult } from '@icrl/core'
 * declare const results: SessionResult[]
 * if (results.every(({ failure }) => failure))
 *   throw sessionsFailed('every session', results, 'Mend that, and run them again.')
 */
export function sessionsFailed(
  what: string,
  sessions: readonly Pick<SessionResult, 'failure'>[],
  remedy: string,
): IcrlError {
  const failures = countFailures(sessions)
  const reasons = failures
    .slice(0, LISTED)
    .map(({ reason, sessions: alike }) => `${alike} × ${reason.slice(0, 400)}`)
  const more = failures.length > LISTED ? [`and ${failures.length - LISTED} reasons more`] : []
  return new IcrlError(
    `${what} failed, ${sessions.length} in all: ${[...reasons, ...more].join('; ').replace(/\.?$/, '.')}`,
    {
      code: 'sessions-failed',
      remedy,
      cause: sessions.find(({ failure }) => failure)?.failure?.error,
    },
  )
}
