import { randomStream } from '@icrl/core'

/** A mean over seeds with its 95% interval. */
export interface SeedMean {
  readonly mean: number
  readonly low: number
  readonly high: number
}

const RESAMPLES = 10_000

/**
 * The mean of one value per seed, and its 95% percentile-bootstrap interval over seeds: the 2.5th
 * and 97.5th percentile (nearest rank) of the means of 10,000 resamples drawn with replacement.
 * Equal values give equal intervals. With five seeds or fewer such an interval is too narrow; it
 * covers the variation between seeds, not that between held-out questions.
 */
export function seedMean(values: readonly number[]): SeedMean {
  const count = values.length
  const means = Float64Array.from({ length: RESAMPLES }, (_, b) => {
    const draws = randomStream(0, 'seeds', b)
    let sum = 0
    for (let i = 0; i < count; i++) sum += values[draws.integer(i, count)]
    return sum / count
  }).sort()
  const rank = (share: number): number => means[Math.ceil(share * RESAMPLES) - 1]
  return {
    mean: values.reduce((sum, value) => sum + value, 0) / count,
    low: rank(0.025),
    high: rank(0.975),
  }
}
