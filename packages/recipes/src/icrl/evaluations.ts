import type { SessionProtocol, Task } from '@icrl/core'
import { neverStop, plainRetry, solveCritiqueRevise, solveOnce } from '@icrl/rollout'
import type { IcrlSession } from './icrl-session.ts'

/**
 * Ways to put a held-out task to the model: `critique_free`, the first attempt alone, is the
 * headline; `with_critique`, up to K rounds under the recipe's gate; `plain_retry`, as many rounds
 * without critiques, to tell a critique's worth from a second chance; `ungated_critique`, every
 * attempt critiqued, right ones too, to see what critiques spoil.
 */
export const evaluations: Readonly<
  Record<EvaluationName, <T extends Task>(session: IcrlSession<T>) => SessionProtocol<T>>
> = {
  critique_free: ({ attempt }) => solveOnce(attempt),
  with_critique: (session) => solveCritiqueRevise(session),
  plain_retry: ({ attempt, rounds, gate }) => plainRetry(attempt, rounds, gate),
  ungated_critique: (session) => solveCritiqueRevise({ ...session, gate: neverStop }),
}

/** How a held-out task is put to the model; `critique_free` is the headline. */
export type EvaluationName = 'critique_free' | 'with_critique' | 'plain_retry' | 'ungated_critique'
