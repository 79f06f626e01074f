import { IcrlError, type Objective } from '@icrl/core'
import { checkClip } from './check-input.ts'
import { tokenObjective } from './token-objective.ts'

/**
 * How far two policies are apart on one token: a divergence of "this token or another", from its
 * probability under the old policy and under the current one. It grows on either side of `old`.
 */
export type BinaryDivergence = (old: number, now: number) => number

/**
 * Total variation of "this token or another": |π_θ − π_old|.
 *
 * @example
 * import { binaryTv } from '@icrl/objective'
 * binaryTv(0.2, 0.5) // 0.3
 */
export const binaryTv: BinaryDivergence = (old, now) => Math.abs(now - old)

/**
 * KL(old ‖ now) of "this token or another", in nats; 1e-8 under both logarithms, as in verl.
 *
 * @example
 * import { binaryKl } from '@icrl/objective'
 * binaryKl(0.5, 0.5) // 0
 */
export const binaryKl: BinaryDivergence = (old, now) =>
  (old === 0 ? 0 : old * Math.log(old / now)) +
  (1 - old) * Math.log((1 - old + 1e-8) / (1 - now + 1e-8))

/** Options of {@link dppo}. */
export interface DppoOptions {
  /**
   * How far two distributions are apart, from the log-probabilities of the sampled token.
   *
   * @defaultValue `binaryTv`
   */
  readonly divergence?: BinaryDivergence
  /**
   * Most divergence of a token whose probability falls under a negative advantage.
   *
   * @defaultValue 0.2
   */
  readonly boundLow?: number
  /** Most divergence of a token whose probability rises under a positive one. @defaultValue 0.2 */
  readonly boundHigh?: number
  /** c > 1: the ratio counts at most this much. @defaultValue 20 */
  readonly maxRatio?: number
}

/**
 * Divergence PPO: the trust region is a bound on a divergence instead of the ratio, so that an
 * unlikely token may become many times as likely, and a likely one may not move far.
 *
 *     ∇L = −Σ_t a_t · w_t · 1[D(π_old, π_θ) ≤ δ or the token moves back] · min(ρ_t, c) · A_t · ∇logπ_θ(y_t)
 *
 * arXiv 2602.04879; verl's `dppo_tv` and `dppo_kl` `[code]`; the default bounds are ours. The loss has
 * exactly that derivative: beyond the bound it stays at the value it had there.
 *
 * @throws `invalid-option` for a bound below 0 or a `maxRatio` of 1 or less
 * @example
 * import { binaryKl, dppo } from '@icrl/objective'
 * const objective = dppo({ divergence: binaryKl, boundLow: 0.05, boundHigh: 0.05 })
 */
export function dppo({
  divergence = binaryTv,
  boundLow = 0.2,
  boundHigh = 0.2,
  maxRatio = 20,
}: DppoOptions = {}): Objective {
  checkClip('dppo', { boundLow, boundHigh })
  if (!(maxRatio > 1))
    throw new IcrlError(`dppo: maxRatio is ${maxRatio}.`, {
      code: 'invalid-option',
      remedy: 'Use a number above 1, usually 20; Infinity for no bound.',
    })
  const weighted = (difference: number): number => {
    const ratio = Math.exp(difference)
    return ratio <= maxRatio ? ratio : maxRatio * (1 + difference - Math.log(maxRatio))
  }
  const objective = tokenObjective('dppo', ({ logprob, oldLogprob, advantage }) => {
    const [old, now] = [Math.exp(oldLogprob), Math.exp(logprob)]
    const movesOn = advantage > 0 ? now > old : now < old
    const bound = advantage > 0 ? boundHigh : boundLow
    if (movesOn && divergence(old, now) > bound) {
      const edge = Math.log(edgeOf(divergence, old, now, bound))
      return { loss: -advantage * weighted(edge - oldLogprob), gradient: 0, clipped: true }
    }
    const difference = logprob - oldLogprob
    return {
      loss: -advantage * weighted(difference),
      gradient: -advantage * Math.min(Math.exp(difference), maxRatio),
    }
  })
  return { ...objective, proportional: true }
}

/** The probability between `old` and `now` where the divergence reaches the bound. */
function edgeOf(divergence: BinaryDivergence, old: number, now: number, bound: number): number {
  let [inside, outside] = [old, now]
  for (let i = 0; i < 60; i++) {
    const middle = (inside + outside) / 2
    if (divergence(old, middle) > bound) outside = middle
    else inside = middle
  }
  // At a bound of 0 that is `old`, whose logarithm must be finite.
  return Math.max(inside, Number.MIN_VALUE)
}
