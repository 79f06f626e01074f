import type { AdvantageRule } from '@icrl/core'
import { finiteReward, type Rewarded } from './finite-reward.ts'
import { tokenKl, type KlScored } from './token-kl.ts'

/** Options of {@link tokenReturns}. */
export interface TokenReturnsOptions {
  /**
   * β of the penalty −β(log π_old − log π_ref) on each token's reward. Above 0, samples need
   * `referenceLogprobs`. Default: 0.
   */
  readonly klCoefficient?: number
  /** γ in [0, 1]; default: 1. */
  readonly discount?: number
}

/**
 * Return-to-go of every token; the sample's reward is earned at its last trained token T:
 *
 *     A_t = Σ_{s≥t} γ^{s−t} (1[s = T] r − β k1_s),   k1_s = log π_old(y_s) − log π_ref(y_s)
 *
 * REINFORCE++ (Hu 2025, arXiv 2501.03262). Positions of mask 0 neither earn nor discount, and their
 * advantage is 0. With β = 0 and γ = 1 every token has the same return, so the rule gives one
 * number per sample: its reward.
 *
 * @throws `invalid-shape` if β > 0 and a sample has no reference log-probabilities, or is rebound
 * and has no old ones; `non-finite` naming the sample whose reward is not a finite number
 * @example
 * import { batchWhitening, tokenReturns } from '@icrl/advantage'
 * const rule = batchWhitening(tokenReturns({ klCoefficient: 0.01 }))
 */
export function tokenReturns({
  klCoefficient = 0,
  discount = 1,
}: TokenReturnsOptions = {}): AdvantageRule<KlScored & Rewarded> {
  return (samples) =>
    samples.map((sample) => {
      const reward = finiteReward(sample)
      if (klCoefficient === 0 && discount === 1) return reward
      const penalties = klCoefficient === 0 ? undefined : tokenKl(sample)
      const returns = new Float32Array(sample.mask.length)
      let ahead: number | undefined
      for (let t = returns.length - 1; t >= 0; t--) {
        if (!sample.mask[t]) continue
        ahead =
          (ahead === undefined ? reward : discount * ahead) - klCoefficient * (penalties?.[t] ?? 0)
        returns[t] = ahead
      }
      return returns
    })
}
