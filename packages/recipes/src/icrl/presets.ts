import { keepPromisingGroups, meanStd, pseudoSample, type Baseline } from '@icrl/advantage'
import { isRebound, type Aggregation, type Sample, type SampleFilter } from '@icrl/core'
import { sequenceMeanTokenMean, tokenMean } from '@icrl/objective'

/** The paper's method, or what the authors' released code does. */
export type PresetName = 'paper' | 'released'

/** What the paper and the authors' released code do differently. */
export interface Preset {
  /** Keys of a group, beside the role. */
  readonly groupKeys: readonly string[]
  readonly baseline: Baseline
  readonly filters: readonly SampleFilter[]
  readonly aggregation: Aggregation
  /** Samples whose tokens are weighed and capped. */
  readonly weighted: (sample: Sample) => boolean
}

export const presets: Readonly<Record<PresetName, Preset>> = {
  paper: {
    groupKeys: ['task'],
    baseline: meanStd(),
    filters: [],
    aggregation: tokenMean(),
    weighted: isRebound,
  },
  released: {
    groupKeys: ['task', 'round'],
    baseline: pseudoSample(1, meanStd()),
    filters: [keepPromisingGroups()],
    aggregation: sequenceMeanTokenMean(),
    weighted: () => true,
  },
}
