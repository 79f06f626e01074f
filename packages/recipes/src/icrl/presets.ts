import { type Baseline, keepPromisingGroups, meanStd, pseudoSample } from '@icrl/advantage'
import {
  calibrationWeights,
  type CalibrationWeightsOptions,
  capWeights,
  geometricMeanWeights,
  maskWeights,
  sequenceWeights,
  type WeightInput,
} from '@icrl/calibration'
import { type Aggregation, isRebound, type Recipe, type SampleFilter } from '@icrl/core'
import { sequenceMeanTokenMean, tokenMean } from '@icrl/objective'

/** The paper's method, or what the authors' released code does. */
export type PresetName = 'paper' | 'released'

/** What the paper and the authors' released code do differently. */
export interface Preset {
  /** Keys of a group, besides the role. */
  readonly groupKeys: readonly string[]
  readonly baseline: Baseline
  readonly filters: readonly SampleFilter[]
  readonly aggregation: Aggregation
  /** True for samples whose tokens get weights, which are capped. */
  readonly weighted: (sample: WeightInput) => boolean
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

export interface WeighingOptions extends CalibrationWeightsOptions {
  /** w_min. */
  readonly minWeight: number
  /** w_max. */
  readonly maxWeight: number
}

/** How tokens of a revision are weighted; `token` is eq. 4, `none` the ablation. */
export type WeightingName = 'token' | 'sequence' | 'geometric-mean' | 'masked' | 'none'

/** Makes the rule of w_t and its bound. */
export type Weighting = (options: WeighingOptions) => Pick<Recipe, 'weights' | 'capWeights'>

/**
 * `token`: eq. 4, truncated. `sequence`, `geometric-mean`: one weight per response, truncated.
 * `masked`: eq. 4, tokens outside [1/w_max, w_max] dropped. `none`: the ablation, weight 1
 * everywhere.
 */
export const weightings: Readonly<Record<WeightingName, Weighting>> = {
  token: (options) => ({
    weights: calibrationWeights(options),
    capWeights: capWeights({ floor: options.minWeight, cap: options.maxWeight }),
  }),
  sequence: (options) => ({
    weights: sequenceWeights(options),
    capWeights: capWeights({ floor: options.minWeight, cap: options.maxWeight }),
  }),
  'geometric-mean': (options) => ({
    weights: geometricMeanWeights(options),
    capWeights: capWeights({ floor: options.minWeight, cap: options.maxWeight }),
  }),
  masked: (options) => ({
    weights: calibrationWeights(options),
    capWeights: maskWeights({ low: 1 / options.maxWeight, high: options.maxWeight }),
  }),
  none: () => ({}),
}
