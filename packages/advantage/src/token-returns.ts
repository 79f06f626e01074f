import type { AdvantageRule } from '@icrl/core'
import { finiteReward } from './finite-reward.ts'
import { tokenKl } from './token-kl.ts'

/** Options of {@link tokenReturns}. */
export interface TokenReturnsOptions {
  /**
   * β of the penalty −β(log π_old − log π_ref) on each token's reward; above 0 the samples need
   * `referenceLogprobs`.
   */
  readonly klCoefficient?: number
  /** γ in [0, 1]. */
  readonly discount?: number
}

/**
 * Return-to-go of every token, the outcome being the last trained token's reward:
 *
 *     A_t = Σ_{s≥t} γ^{s−t} (1[s = T] r − β k1_s),   k1_s = log π_old(y_s) − log π_ref(y_s)
 *
 * REINFORCE++ (Hu 2025, arXiv 2501.03262). Positions of mask 0 neither earn nor discount; their
 * advantage is 0.
 *
 * @throws `invalid-shape` where β > 0 and a sample has no reference log-probabilities; `non-finite`
 * naming the sample whose reward is not a finite number
 * @example
 * import { batchWhitening, tokenReturns } from '@icrl/advantage'
 * const rule = batchWhitening(tokenReturns({ klCoefficient: 0.01 }))
 */
export function tokenReturns({
  klCoefficient = 0,
  discount = 1,
}: TokenReturnsOptions = {}): AdvantageRule {
  return (samples) =>
    samples.map((sample) => {
      const reward = finiteReward(sample)
      if (klCoefficient === 0 && discount === 1) return reward
      const penalties = klCoefficient === 0 ? undefined : tokenKl(sample)
      const returns = new Float32Array(sample.response.length)
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
