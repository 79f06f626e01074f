import { IcrlError } from '@icrl/core'
import { mean } from './metrics/mean.ts'
import { type Table, tableOf } from './table.ts'

/** What is known of a model. */
export interface CostAwareModel {
  /** As it stands in tables. */
  readonly name: string
  /** How good its answers are. */
  readonly quality: number
  /** How much better they become by refinement. */
  readonly gain: number
  /** What an answer costs, in any unit. */
  readonly cost: number
}

/** How much each part counts, 0 or more. */
export interface CostAwareWeights {
  /** Of how good the answers are. @defaultValue 1 */
  readonly quality?: number
  /** Of how much better they are than before. @defaultValue 1 */
  readonly gain?: number
  /** Of what they cost. @defaultValue 1 */
  readonly cost?: number
}

/**
 * Models ranked by quality, gain from refinement and inference cost, with weights of the user's, 1
 * each by default:
 *
 *     score = w_q z(quality) + w_g z(gain) − w_c z(cost),   z(x) = (x − mean) / standard deviation
 *
 * over the models given (population deviation; a part that is the same for all counts nothing). The
 * idea is PeRFICS's (arXiv 2310.07611) `[abs]`; **its formula could not be recovered, and this sum is
 * ours** `[ours]`, so it does not bear the name. Quality and gain come from any benchmark, such as the
 * accuracies by round of `selfRefine`, its untargeted loop.
 *
 * @throws `non-finite` for a figure that is none, `invalid-option` for a weight below 0
 * @example
 * import { costAware } from '@icrl/evaluators'
 * const table = costAware(
 *   [
 *     { name: 'small', quality: 0.5, gain: 0.1, cost: 1 },
 *     { name: 'large', quality: 0.7, gain: 0.05, cost: 20 },
 *   ],
 *   { cost: 0.5 },
 * )
 */
export function costAware(
  models: readonly CostAwareModel[],
  { quality = 1, gain = 1, cost = 1 }: CostAwareWeights = {},
): Table {
  for (const [name, weight] of Object.entries({ quality, gain, cost }))
    if (!(weight >= 0 && weight < Infinity))
      throw new IcrlError(`costAware: the weight of ${name} is ${weight}.`, {
        code: 'invalid-option',
        remedy: 'Use 0 or more.',
      })
  const standard = {
    quality: standardized(models, 'quality'),
    gain: standardized(models, 'gain'),
    cost: standardized(models, 'cost'),
  }
  const scored = models.map((model, i) => ({
    ...model,
    score: quality * standard.quality[i] + gain * standard.gain[i] - cost * standard.cost[i],
  }))
  return tableOf(
    ['model', 'score', 'quality', 'gain', 'cost'],
    scored
      .sort((a, b) => b.score - a.score)
      .map((model) => [model.name, model.score, model.quality, model.gain, model.cost]),
    ['A weighted sum of standard scores among these models, not the formula of PeRFICS.'],
  )
}

/** z of one figure of all models; 0 where they are alike. */
function standardized(
  models: readonly CostAwareModel[],
  part: 'quality' | 'gain' | 'cost',
): number[] {
  const values = models.map((model) => model[part])
  const bad = values.findIndex((value) => !Number.isFinite(value))
  if (bad >= 0)
    throw new IcrlError(`costAware: the ${part} of "${models[bad].name}" is ${values[bad]}.`, {
      code: 'non-finite',
      remedy: 'Leave out what has no figure.',
    })
  const center = mean(values) ?? 0
  const deviation = Math.sqrt(mean(values.map((value) => (value - center) ** 2)) ?? 0)
  return values.map((value) => (deviation === 0 ? 0 : (value - center) / deviation))
}
