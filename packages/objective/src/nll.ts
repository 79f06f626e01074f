import type { Objective } from '@icrl/core'
import { tokenObjective } from './token-objective.ts'

/**
 * Negative log-likelihood, for demonstrations and filtered samples (supervised fine-tuning, RAFT):
 *
 *     L = −Σ_t a_t · w_t · logπ_θ(y_t)
 *
 * Advantages are ignored.
 *
 * @example
 * import { nll } from '@icrl/objective'
 * const objective = nll()
 */
export function nll(): Objective {
  return tokenObjective('nll', ({ logprob }) => ({ loss: -logprob, gradient: -1 }), {})
}
