import type { AttemptProtocol, Message, SessionProtocol, Task } from '@icrl/core'
import { answerAgain, askFor, loop, type LoopState } from './loop.ts'

/** Options of {@link reflexion}. */
export interface ReflexionOptions<T extends Task = Task> {
  /** How a task is attempted. */
  readonly attempt: AttemptProtocol<T>
  /** Asks for a reflection on a trial that failed. */
  readonly reflectPrompt: (state: LoopState<T>) => readonly Message[]
  /** Whether a trial needs no other. @defaultValue its verifier's success (tests, a heuristic) */
  readonly isDone?: (state: LoopState<T>) => boolean
  /** Ω: reflections a trial remembers, the latest. @defaultValue 3 */
  readonly memory?: number
  /** Most trials. @defaultValue 12 */
  readonly trials?: number
}

/**
 * Reflexion (arXiv 2303.11366) `[code]`: a trial, an evaluator of it, a reflection in words, which is
 * kept with the last Ω of them and shown to the next trial. The next trial begins anew and sees no
 * earlier one. Published: at most 12 trials and Ω = 3 for ALFWorld, Ω = 1 for programs.
 *
 * Ours: no reflection is asked for after the last trial, nor for one that is done.
 *
 * @example
 * import { reflexion } from '@icrl/rollout'
 * import type { AttemptProtocol } from '@icrl/core'
 * declare const attempt: AttemptProtocol
 * const protocol = reflexion({
 *   attempt,
 *   reflectPrompt: ({ answer }) => [
 *     { role: 'user', content: `It failed: ${answer.attempt.turns.at(-1)?.text}. What to do otherwise?` },
 *   ],
 *   trials: 4,
 * })
 */
export function reflexion<T extends Task = Task>({
  attempt,
  reflectPrompt,
  isDone = ({ answer }) => answer.outcome.success,
  memory = 3,
  trials = 12,
}: ReflexionOptions<T>): SessionProtocol<T> {
  const reflect = askFor({
    prompt: reflectPrompt,
    read: (text) => ({ signal: text.trim() }),
  })
  return loop({
    first: attempt,
    evaluate: async function* (state) {
      if (isDone(state)) return { samples: [], transcript: [], signal: '', stop: true }
      return yield* reflect(state)
    },
    update: answerAgain({
      attempt,
      guidance: ({ history }) =>
        history
          .map(({ evaluation }) => evaluation.signal)
          .filter((signal) => signal !== '')
          .slice(-memory)
          .join('\n'),
    }),
    rounds: trials - 1,
  })
}
