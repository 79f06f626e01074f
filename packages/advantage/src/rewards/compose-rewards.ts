import type { RewardRule, RewardSetter, Sample, SessionResult } from '@icrl/core'

/**
 * Applies reward rules one after another; each sees the rewards that the one before it set. Without
 * a rule, rewards stay as they are. Rules that only set rewards compose to one that reads what each
 * of them reads.
 *
 * @example
 * import { composeRewards, criticReward, penalizeOverlong } from '@icrl/advantage'
 * const rule = composeRewards(criticReward(), penalizeOverlong({ maxLength: 2048, cache: 512 }))
 */
export function composeRewards<Fields extends keyof Sample, Parts extends keyof SessionResult>(
  ...rules: readonly RewardSetter<Fields, Parts>[]
): RewardSetter<Fields, Parts>
export function composeRewards(...rules: readonly RewardRule[]): RewardRule
export function composeRewards(...rules: readonly RewardRule[]): RewardRule {
  return (session) =>
    rules.reduce((samples, rule) => rule({ ...session, samples }), session.samples)
}
