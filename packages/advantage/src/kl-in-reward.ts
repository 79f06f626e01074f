import type { AdvantageRule, Sample } from '@icrl/core'
import { tokenKl, type KlScored } from './token-kl.ts'

/** Options of {@link klInReward}. */
export interface KlInRewardOptions {
  /** β ≥ 0; 0 gives the rule back unchanged. */
  readonly coefficient: number
}

/**
 * Subtracts a sample's distance from the reference policy from its reward, before another rule sees
 * it:
 *
 *     r' = r − β Σ_t (log π_old(y_t) − log π_ref(y_t))
 *
 * RLOO (Ahmadian et al. 2024, arXiv 2402.14740) eq. 3. The rewards stored with the samples stay as
 * they are.
 *
 * @throws `invalid-shape` if β > 0 and a sample has no reference log-probabilities, or is rebound
 * and has no old ones
 * @example
 * import { groupAdvantage, groupBy, klInReward, leaveOneOut } from '@icrl/advantage'
 * const rule = klInReward(groupAdvantage({ by: groupBy('task'), baseline: leaveOneOut() }), {
 *   coefficient: 0.03,
 * })
 */
export function klInReward<S>(
  rule: AdvantageRule<S>,
  { coefficient }: KlInRewardOptions,
): AdvantageRule<S & KlScored & Pick<Sample, 'reward'>> {
  if (coefficient === 0) return rule
  return (samples) =>
    rule(
      samples.map((sample) => ({
        ...sample,
        reward:
          sample.reward - coefficient * tokenKl(sample).reduce((sum, value) => sum + value, 0),
      })),
    )
}
