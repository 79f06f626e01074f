import type { Objective } from '@icrl/core'
import { tokenObjective } from './token-objective.ts'

/**
 * The plain policy gradient:
 *
 *     L = −Σ_t a_t · w_t · A_t · logπ_θ(y_t)
 *
 * Williams 1992; RLOO (arXiv 2402.14740) uses it with a leave-one-out baseline. It has no ratio, so
 * it is right for one optimizer step per batch. For more use `clippedSurrogate`, whose gradient at
 * ratio 1 is the same.
 *
 * @example
 * import { reinforce } from '@icrl/objective'
 * const objective = reinforce()
 */
export function reinforce(): Objective {
  const objective = tokenObjective(
    'reinforce',
    ({ logprob, advantage }) => ({ loss: -advantage * logprob, gradient: -advantage }),
    {},
  )
  return { ...objective, proportional: true }
}
