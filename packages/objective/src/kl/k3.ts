import type { KlTerm } from './kl-estimator.ts'

/**
 * `exp(d) − 1 − d` with d = logπ_ref − logπ_θ: unbiased, never negative, low variance. Schulman
 * 2020, "Approximating KL divergence", k3; GRPO (arXiv 2402.03300) eq. 4.
 *
 * @example
 * import { k3 } from '@icrl/objective'
 * k3(-1, -1.5) // { value: 0.1065, gradient: 0.3935 }
 */
export function k3(logprob: number, referenceLogprob: number): KlTerm {
  const difference = referenceLogprob - logprob
  const excess = Math.expm1(difference)
  return { value: excess - difference, gradient: -excess }
}
