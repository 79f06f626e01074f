import type { Outcome, RewardSetter, Role } from '@icrl/core'
import { criticUtility } from './critic-utility.ts'

/** Options of {@link criticReward}. */
export interface CriticRewardOptions {
  /**
   * Reward of a critique from the outcomes of the attempt it critiques and of the one after it.
   *
   * @defaultValue `criticUtility`
   */
  readonly of?: (before: Outcome, after: Outcome) => number
  /** Whose samples are critiques. @defaultValue `critic` */
  readonly role?: Role
}

/**
 * Rewards a session's critiques by the outcome of the next attempt (component `utility`); other
 * samples stay as they are. A critique of round i stands between the outcomes of attempts i and
 * i + 1. One that no attempt followed gets 0.
 *
 * ICRL (arXiv 2605.15224) eq. 3.
 *
 * @example
 * import { criticGain, criticReward } from '@icrl/advantage'
 * const rule = criticReward()
 * const ungated = criticReward({ of: criticGain })
 */
export function criticReward({
  of = criticUtility,
  role: critic = 'critic',
}: CriticRewardOptions = {}): RewardSetter<'keys', 'outcomes'> {
  return ({ samples, outcomes }) =>
    samples.map((sample) => {
      const { role, round } = sample.keys
      if (role !== critic) return sample
      const utility = round < outcomes.length ? of(outcomes[round - 1], outcomes[round]) : 0
      return { ...sample, reward: utility, rewards: { ...sample.rewards, utility } }
    })
}
