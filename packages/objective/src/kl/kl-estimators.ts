import { IcrlError } from '@icrl/core'

/**
 * An estimate of the KL divergence at one sampled token, and its exact derivative in the current
 * log-probability.
 */
export interface KlTerm {
  /** The estimate, in nats. */
  readonly value: number
  /** Its derivative by the token's log-probability. */
  readonly gradient: number
}

/** A per-token estimate of KL(π_θ ‖ π_ref) from log-probabilities in nats. */
export type KlEstimator = (logprob: number, referenceLogprob: number) => KlTerm

/**
 * `logπ_θ − logπ_ref`: unbiased, may be negative. Schulman 2020, "Approximating KL divergence", k1.
 *
 * Not for the loss: its expected gradient is 0 there, because E[∇logπ_θ] = 0. Use it in the reward
 * (`klInReward`, `tokenReturns` of `@icrl/advantage`), and `k2` or `k3` in the loss.
 *
 * @example
 * import { k1 } from '@icrl/objective'
 * k1(-1, -1.5) // { value: 0.5, gradient: 1 }
 */
export function k1(logprob: number, referenceLogprob: number): KlTerm {
  return { value: logprob - referenceLogprob, gradient: 1 }
}

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

/**
 * An estimator held between −`most` and `most`, without gradient beyond. An unclamped `k3` grows
 * exponentially where the policy has lost what the reference says: at logπ_θ = −25 against
 * logπ_ref = −1 its gradient is −2.6e10. verl (`low_var_kl`) and slime clamp it at 10, TRL does not.
 *
 * @throws `invalid-option` for a bound that is not above 0
 * @example
 * import { clampKl, k3 } from '@icrl/objective'
 * clampKl(k3, { most: 10 })(-25, -1) // { value: 10, gradient: 0 }
 */
export function clampKl(estimator: KlEstimator, { most }: { readonly most: number }): KlEstimator {
  if (!(most > 0))
    throw new IcrlError(`clampKl: most is ${most}.`, {
      code: 'invalid-option',
      remedy: 'Use a number above 0.',
    })
  return (logprob, referenceLogprob) => {
    const term = estimator(logprob, referenceLogprob)
    if (Math.abs(term.value) <= most) return term
    return { value: Math.sign(term.value) * most, gradient: 0 }
  }
}
