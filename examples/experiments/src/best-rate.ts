import { IcrlError } from '@icrl/core'

/** One run of a learning-rate search. */
export interface SearchedRate {
  readonly learningRate: number
  /** Mean held-out accuracy while learning. */
  readonly area: number
}

/**
 * The rate with the largest mean area over its seeds; of equal ones the smallest.
 *
 * @throws `invalid-shape` if there are no runs
 */
export function bestRate(runs: readonly SearchedRate[]): SearchedRate {
  const rates = [...new Set(runs.map(({ learningRate }) => learningRate))].sort((a, b) => a - b)
  const means = rates.map((learningRate) => {
    const areas = runs.filter((run) => run.learningRate === learningRate).map(({ area }) => area)
    return { learningRate, area: areas.reduce((sum, area) => sum + area, 0) / areas.length }
  })
  if (means.length === 0)
    throw new IcrlError('search: there are no runs to choose from.', {
      code: 'invalid-shape',
      remedy: 'Give one run or more.',
    })
  return means.reduce((best, each) => (each.area > best.area ? each : best))
}
