import type { KlTerm } from './kl-estimator.ts'

/**
 * `logπ_θ − logπ_ref`: unbiased, may be negative. Schulman 2020, "Approximating KL divergence", k1.
 *
 * A trap: as a term of the loss its expected gradient is 0, because E[∇logπ_θ] = 0. It belongs in
 * the reward (`klInReward`, `tokenReturns` of `@icrl/advantage`); in the loss use `k2` or `k3`.
 *
 * @example
 * import { k1 } from '@icrl/objective'
 * k1(-1, -1.5) // { value: 0.5, gradient: 1 }
 */
export function k1(logprob: number, referenceLogprob: number): KlTerm {
  return { value: logprob - referenceLogprob, gradient: 1 }
}
