import type { AttemptProtocol, SessionProtocol, Task } from '@icrl/core'
import { attemptRound, type RoundPart } from './attempt-round.ts'
import { checkRounds } from './check-rounds.ts'
import { critiqueRound, type CriticOptions } from './critique-round.ts'
import { stopAtSuccess, type Gate } from './gate.ts'
import { parentsFrom } from './parents-from.ts'
import { sessionResult } from './session-result.ts'

export interface SolveCritiqueReviseOptions<T extends Task = Task> extends CriticOptions<T> {
  readonly attempt: AttemptProtocol<T>
  /** K: attempts at most; 2 where absent, 1 is a single attempt. */
  readonly rounds?: number
  /** Ends the session; `stopAtSuccess` where absent. */
  readonly gate?: Gate
}

/**
 * ICRL's session (arXiv 2605.15224, Algorithm 1): a critique-free attempt; then, until the gate
 * stops or K attempts are made, a critique of the last attempt and a fresh attempt guided by that
 * critique alone. The revision sees neither the failed attempt nor earlier critiques. Solver
 * samples of later rounds are rebound to the critique-free prompt; critic samples keep their own.
 *
 * @throws `invalid-option` where `rounds` is not a count.
 * @example
 * import { solveCritiqueRevise } from '@icrl/rollout'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const protocol = solveCritiqueRevise({
 *   attempt,
 *   criticPrompt: (task, failed) => [
 *     {
 *       role: 'user',
 *       content: `${task.question}\nAnswered: ${failed.turns[0].text}\nWhat went wrong?`,
 *     },
 *   ],
 *   parseCritique: (text) => ({ critique: text.trim(), valid: text.trim() !== '' }),
 * })
 */
export function solveCritiqueRevise<T extends Task = Task>(
  options: SolveCritiqueReviseOptions<T>,
): SessionProtocol<T> {
  const { attempt, rounds = 2, gate = stopAtSuccess } = options
  checkRounds('solveCritiqueRevise', rounds)
  return async function* (task, context) {
    let solved = yield* attemptRound({ attempt, task, context, round: 1 })
    const parts: RoundPart[] = [solved]
    for (let round = 1; round < rounds && !gate(solved.attempt, round); round++) {
      const critiqued = yield* critiqueRound({
        ...options,
        task,
        context,
        round,
        attempt: solved.attempt,
        parents: parentsFrom(solved),
      })
      solved = yield* attemptRound({
        attempt,
        task,
        context,
        round: round + 1,
        critique: critiqued.critique,
        parents: parentsFrom(critiqued, solved),
      })
      parts.push(critiqued, solved)
    }
    return sessionResult(task, context, parts)
  }
}
