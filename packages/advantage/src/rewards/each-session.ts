import type { BatchReward, RewardRule } from '@icrl/core'

/**
 * A rule that looks at one session, for a recipe's `reward`, which is given all sessions of a step.
 *
 * @example
 * import { criticReward, eachSession } from '@icrl/advantage'
 * const reward = eachSession(criticReward())
 */
export function eachSession(rule: RewardRule): BatchReward {
  return (sessions) => sessions.flatMap((session) => rule(session))
}
