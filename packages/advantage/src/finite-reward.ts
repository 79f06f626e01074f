import { IcrlError, type Sample } from '@icrl/core'

/** What every advantage rule reads of a sample. */
export type Rewarded = Pick<Sample, 'id' | 'reward'>

/**
 * A sample's reward, checked: every advantage rule reads it through here.
 *
 * @throws `non-finite` naming the sample
 */
export function finiteReward({ id, reward }: Rewarded): number {
  if (!Number.isFinite(reward)) {
    throw new IcrlError(`advantage: sample ${id} has the reward ${reward}.`, {
      code: 'non-finite',
      remedy: 'Fix the verifier, environment or reward rule that gave it.',
    })
  }
  return reward
}
