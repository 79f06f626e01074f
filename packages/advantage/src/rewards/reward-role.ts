import type { RewardRule, Role, Sample, SessionResult } from '@icrl/core'

/** Named components of a reward. */
type Components = Readonly<Record<string, number>>

/**
 * Rewards the samples of one role by components of your own; other samples stay as they are.
 *
 * @param of components of a sample of the role, which are added to those it has
 * @param compose the reward, of all components; default: the sum of the new ones
 * @example
 * import { eachSession, rewardRole } from '@icrl/advantage'
 * // A judge is right when it says "yes" of an answer that was right.
 * const reward = eachSession(
 *   rewardRole('judge', (_, { outcomes, findings }) => ({
 *     agreement: (findings?.verdict === 'yes') === outcomes[0].success ? 1 : -1,
 *   })),
 * )
 */
export function rewardRole(
  role: Role,
  of: (sample: Sample, session: SessionResult) => Components,
  compose?: (components: Components) => number,
): RewardRule {
  return (session) =>
    session.samples.map((sample) => {
      if (sample.keys.role !== role) return sample
      const own = of(sample, session)
      const rewards = { ...sample.rewards, ...own }
      const reward = compose ? compose(rewards) : sumOf(own)
      return { ...sample, rewards, reward }
    })
}

function sumOf(components: Components): number {
  return Object.values(components).reduce((sum, value) => sum + value, 0)
}
