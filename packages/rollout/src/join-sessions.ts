import { IcrlError, type Sample, type SessionResult } from '@icrl/core'

/**
 * Joins sessions that were run in two phases: what `second` has of a task and session follows what
 * `first` has of it. A session that failed in either phase has failed: it keeps its finished attempts
 * and the critiques that an attempt followed; the rest of what it sampled is counted with the failure.
 * After a failed first phase the second has nothing to follow, and is not kept.
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
  const outcomes = a.failure ? a.outcomes : [...a.outcomes, ...b.outcomes]
  const whole: SessionResult = {
    task: a.task,
    session: a.session,
    step: a.step,
    samples: a.failure ? a.samples : [...a.samples, ...b.samples],
    outcomes,
    transcript: [...a.transcript, ...b.transcript],
    ...((a.findings ?? b.findings) && { findings: { ...a.findings, ...b.findings } }),
  }
  if (!a.failure && !b.failure) return whole
  const samples = whole.samples.filter((sample) => isFinished(sample, outcomes.length))
  const reasons = [a.failure?.reason, b.failure?.reason].filter((text) => text !== undefined)
  const tokens = sampledTokens(a) + sampledTokens(b) - sampledTokens({ samples })
  const { error } = (a.failure ?? b.failure)!
  return { ...whole, samples, failure: { reason: reasons.join(' '), error, tokens } }
}

/** An attempt, or what one followed: a critique has the round of the attempt before it. */
function isFinished({ keys, success }: Sample, attempts: number): boolean {
  return success !== undefined || keys.round < attempts
}

/**
 * Tokens that a session sampled for training, failed or not: what the ledger counts as generated.
 *
 * @example
 * import { sampledTokens } from '@icrl/rollout'
 * console.log(
 *   sampledTokens({ samples: [], failure: { reason: 'lost', tokens: 12 } }),
 * ) // 12
 */
export function sampledTokens({
  samples,
  failure,
}: Pick<SessionResult, 'samples' | 'failure'>): number {
  return samples.reduce(
    (sum, { mask }) => sum + mask.reduce((ones, one) => ones + one, 0),
    failure?.tokens ?? 0,
  )
}
