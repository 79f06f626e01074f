import { IcrlError, type AdvantageRule, type Sample } from '@icrl/core'
import { finiteReward, type Rewarded } from './finite-reward.ts'
import { tokenKl, type KlScored } from './token-kl.ts'

/** Options of {@link tokenReturns}. */
export interface TokenReturnsOptions {
  /**
   * β of the penalty −β(log π_old − log π_ref) on each token's reward. Above 0, samples need
   * `referenceLogprobs`.
   *
   * @defaultValue 0
   */
  readonly klCoefficient?: number
  /** γ in [0, 1]. @defaultValue 1 */
  readonly discount?: number
}

/**
 * Return-to-go of every token:
 *
 *     A_t = Σ_{s≥t} γ^{s−t} (r_s − β k1_s),   k1_s = log π_old(y_s) − log π_ref(y_s)
 *
 * The sample's reward is earned at its last trained token T: r_s = 1[s = T] r. A sample with
 * `tokenRewards` (of single steps, by an environment or a process reward model) earns those, and at T
 * what reward rules added to its outcome, such as a length penalty.
 *
 * REINFORCE++ (Hu 2025, arXiv 2501.03262). Positions of mask 0 neither earn nor discount, and their
 * advantage is 0. With β = 0 and γ = 1 every token of a sample without `tokenRewards` has the same
 * return, so the rule gives one number: its reward.
 *
 * @throws `invalid-shape` if β > 0 and a sample has no reference log-probabilities, or is rebound
 * and has no old ones; `non-finite` naming the sample whose reward, or reward of a token, is
 * not a finite number
 * @example
 * import { batchWhitening, tokenReturns } from '@icrl/advantage'
 * const rule = batchWhitening(tokenReturns({ klCoefficient: 0.01 }))
 */
export function tokenReturns({
  klCoefficient = 0,
  discount = 1,
}: TokenReturnsOptions = {}): AdvantageRule<
  KlScored & Rewarded & Partial<Pick<Sample, 'rewards' | 'tokenRewards'>>
> {
  return (samples) =>
    samples.map((sample) => {
      const reward = finiteReward(sample)
      const { tokenRewards } = sample
      if (klCoefficient === 0 && discount === 1 && !tokenRewards) return reward
      const last = tokenRewards ? reward - (sample.rewards?.outcome ?? reward) : reward
      const penalties = klCoefficient === 0 ? undefined : tokenKl(sample)
      const returns = new Float32Array(sample.mask.length)
      let ahead: number | undefined
      for (let t = returns.length - 1; t >= 0; t--) {
        if (!sample.mask[t]) continue
        const earned = finiteTokenReward(sample, t)
        const charge = klCoefficient * (penalties?.[t] ?? 0)
        ahead = (ahead === undefined ? last : discount * ahead) + earned - charge
        returns[t] = ahead
      }
      return returns
    })
}

function finiteTokenReward(
  { id, tokenRewards }: Pick<Sample, 'id' | 'tokenRewards'>,
  t: number,
): number {
  const reward = tokenRewards?.[t] ?? 0
  if (Number.isFinite(reward)) return reward
  throw new IcrlError(`advantage: sample ${id} has the reward ${reward} at token ${t}.`, {
    code: 'non-finite',
    remedy: 'Fix the verifier or environment that gave it.',
  })
}
