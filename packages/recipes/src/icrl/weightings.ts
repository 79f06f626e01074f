import {
  calibrationWeights,
  capWeights,
  geometricMeanWeights,
  maskWeights,
  sequenceWeights,
  type CalibrationWeightsOptions,
} from '@icrl/calibration'
import type { Recipe } from '@icrl/core'

export interface WeighingOptions extends CalibrationWeightsOptions {
  /** w_max. */
  readonly maxWeight: number
}

/** How tokens of a revision are weighed; `token` is eq. 4, `none` the ablation. */
export type WeightingName = 'token' | 'sequence' | 'geometric-mean' | 'masked' | 'none'

/** A choice of w_t, from where it reaches and its bound. */
export type Weighting = (options: WeighingOptions) => Pick<Recipe, 'weights' | 'capWeights'>

/**
 * `token`: eq. 4, truncated. `sequence`, `geometric-mean`: one weight a response, truncated.
 * `masked`: eq. 4, tokens outside [1/w_max, w_max] dropped. `none`: the ablation, every token in
 * full.
 */
export const weightings: Readonly<Record<WeightingName, Weighting>> = {
  token: (options) => ({
    weights: calibrationWeights(options),
    capWeights: capWeights({ cap: options.maxWeight }),
  }),
  sequence: (options) => ({
    weights: sequenceWeights(options),
    capWeights: capWeights({ cap: options.maxWeight }),
  }),
  'geometric-mean': (options) => ({
    weights: geometricMeanWeights(options),
    capWeights: capWeights({ cap: options.maxWeight }),
  }),
  masked: (options) => ({
    weights: calibrationWeights(options),
    capWeights: maskWeights({ low: 1 / options.maxWeight, high: options.maxWeight }),
  }),
  none: () => ({}),
}
