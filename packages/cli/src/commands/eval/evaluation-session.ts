import type { SessionParts, SessionProtocol, Task } from '@icrl/core'
import {
  attemptRound,
  critiqueRound,
  sessionResult,
  stopAtSuccess,
  type AttemptRound,
  type RoundPart,
} from '@icrl/rollout'

/** Options of {@link evaluationSession}. */
export interface EvaluationSessionOptions<T extends Task> {
  readonly parts: SessionParts<T>
  /** K: attempts with a critique before each but the first. */
  readonly rounds: number
  /** False: plain retries only. */
  readonly hasCritic: boolean
}

/**
 * Everything one session can tell of a policy and its critic, at the least cost. A first attempt;
 * then K − 1 times a critique of the last attempt and a fresh one under it, successes critiqued
 * too; then, where the first attempt failed, up to K − 1 retries without critique. The draws are
 * those of the separate protocols: what a gate would have ended at the first success is the
 * beginning of what no gate ends.
 *
 * `outcomes` begins with the K attempts of that chain (one without a critic), the retries follow:
 * `evaluationFigures` reads it.
 */
export function evaluationSession<T extends Task>({
  parts,
  rounds,
  hasCritic,
}: EvaluationSessionOptions<T>): SessionProtocol<T> {
  const { attempt } = parts
  return async function* (task, context) {
    const first = yield* attemptRound({ attempt, task, context, round: 1 })
    const done: (RoundPart | AttemptRound)[] = [first]
    let last = first
    const critiques = hasCritic ? rounds - 1 : 0
    for (let round = 1; round <= critiques; round++) {
      const critiqued = yield* critiqueRound({
        ...parts,
        task,
        context,
        round,
        attempt: last.attempt,
      })
      last = yield* attemptRound({
        attempt,
        task,
        context,
        round: round + 1,
        critique: critiqued.critique,
      })
      done.push(critiqued, last)
    }
    let plain = first
    for (let round = 2; round <= rounds && !stopAtSuccess(plain.attempt, round); round++) {
      plain = yield* attemptRound({ attempt, task, context, round })
      done.push(plain)
    }
    return sessionResult(task, context, done)
  }
}

/** What an {@link evaluationSession} came to. */
export interface EvaluatedSession {
  readonly task: string
  /** Rewards of the first attempt and of those after a critique. */
  readonly chain: readonly number[]
  /** Rewards of the plain retries; none where the first attempt succeeded. */
  readonly retries: readonly number[]
  /** What the critic wrote. */
  readonly critiques: readonly string[]
}
