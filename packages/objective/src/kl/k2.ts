import type { KlTerm } from './kl-estimator.ts'

/**
 * `½ (logπ_θ − logπ_ref)²`: never negative; its expected gradient on the policy's own samples is
 * the exact gradient of KL(π_θ ‖ π_ref). Schulman 2020, "Approximating KL divergence", k2.
 *
 * @example
 * import { k2 } from '@icrl/objective'
 * k2(-1, -1.5) // { value: 0.125, gradient: 0.5 }
 */
export function k2(logprob: number, referenceLogprob: number): KlTerm {
  const difference = logprob - referenceLogprob
  return { value: difference ** 2 / 2, gradient: difference }
}
