import type { RewardSetter } from '@icrl/core'
import { overlongPenalty, type OverlongOptions } from './overlong-penalty.ts'

/**
 * Adds DAPO's soft overlong punishment to every sample's reward (component `overlong`). The length
 * is the number of tokens the policy chose: observations do not count.
 *
 * @example
 * import { penalizeOverlong } from '@icrl/advantage'
 * const rule = penalizeOverlong({ maxLength: 20480, cache: 4096 })
 */
export function penalizeOverlong(options: OverlongOptions): RewardSetter<'mask'> {
  return ({ samples }) =>
    samples.map((sample) => {
      const overlong = overlongPenalty(
        sample.mask.reduce((sum, trained) => sum + trained, 0),
        options,
      )
      return {
        ...sample,
        reward: sample.reward + overlong,
        rewards: { ...sample.rewards, overlong },
      }
    })
}
