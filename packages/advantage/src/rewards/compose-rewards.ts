import type { RewardRule } from '@icrl/core'

/**
 * Applies reward rules one after another; each sees the rewards that the one before it set. Without
 * a rule, rewards stay as they are.
 *
 * @example
 * import { composeRewards, criticReward, penalizeOverlong } from '@icrl/advantage'
 * const rule = composeRewards(criticReward(), penalizeOverlong({ maxLength: 2048, cache: 512 }))
 */
export function composeRewards(...rules: readonly RewardRule[]): RewardRule {
  return (session) =>
    rules.reduce((samples, rule) => rule({ ...session, samples }), session.samples)
}
