import type { Outcome, SessionPart, SessionProtocol, Task } from '@icrl/core'
import type { SessionParts } from '@icrl/recipes'
import { attemptRound, critiqueRound, sessionResult, stopAtSuccess } from '@icrl/rollout'

/** Options of {@link evaluationSession}. */
export interface EvaluationSessionOptions<T extends Task> {
  readonly parts: SessionParts<T>
  /** K, the number of attempts in the chain; each but the first follows a critique. */
  readonly rounds: number
  /** If false, there are plain retries only. */
  readonly hasCritic: boolean
}

/**
 * Measures a policy and its critic in one session, with as few samples as possible. A first
 * attempt; then K − 1 times a critique of the last attempt and a new attempt with it, also after a
 * success; then, if the first attempt failed, up to K − 1 retries without critique. The chain
 * serves two protocols: one that stops at the first success, whose samples are its beginning, and
 * one that never stops.
 *
 * `outcomes` holds the K attempts of the chain (one without a critic), then the retries;
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
    const done: SessionPart[] = [first]
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
        guidance: critiqued.critique,
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

/** Result of an {@link evaluationSession}. */
export interface EvaluatedSession {
  readonly task: string
  /** Outcomes of the first attempt and of those after a critique. */
  readonly chain: readonly Outcome[]
  /** Outcomes of the plain retries; empty if the first attempt succeeded. */
  readonly retries: readonly Outcome[]
  /** What the critic wrote. */
  readonly critiques: readonly string[]
}
