import { keepSamples } from '@icrl/advantage'
import type { RewardSetter, Sample, SampleFilter } from '@icrl/core'

/** What becomes of critiques that were found invalid. */
export type InvalidCritiquesName = 'paid' | 'unpaid' | 'dropped'

interface InvalidCritiqueRule {
  readonly reward: RewardSetter<'keys' | 'valid'>
  readonly filters: readonly SampleFilter[]
}

const isInvalid = ({ keys, valid }: Pick<Sample, 'keys' | 'valid'>): boolean =>
  keys.role === 'critic' && !valid

export const invalidCritiqueRules: Readonly<Record<InvalidCritiquesName, InvalidCritiqueRule>> = {
  paid: { reward: ({ samples }) => [...samples], filters: [] },
  unpaid: {
    reward: ({ samples }) =>
      samples.map((sample) =>
        isInvalid(sample)
          ? { ...sample, reward: 0, rewards: { ...sample.rewards, utility: 0 } }
          : sample,
      ),
    filters: [],
  },
  dropped: {
    reward: ({ samples }) => [...samples],
    filters: [keepSamples((sample) => !isInvalid(sample))],
  },
}
