import { IcrlError, randomStream } from '@icrl/core'

/**
 * One bootstrap resample: how often each task was drawn, and uniform numbers from which a method
 * draws its seeds.
 */
export interface Resample {
  /** `[T]` counts that sum to T. */
  readonly taskCounts: Float64Array
  /**
   * Draws n of n seeds with replacement, as their places; the same for every method with n seeds.
   */
  seedPlaces(count: number): number[]
}

/**
 * Resamples a crossed design: tasks and seeds are drawn independently with replacement. Every seed
 * met every task, so a resample is a set of rows by a set of columns (the pigeonhole bootstrap of
 * Owen 2007, Ann. Appl. Stat. 1(2), 386–411). It overstates the variance slightly; resampling
 * single cells would understate it.
 *
 * @param tasks T; if it is 0 or 1, tasks are not drawn
 * @param seed seed of the draws: equal arguments give equal resamples
 * @throws `invalid-option` for fewer than 100 resamples
 */
export function* resample({
  tasks,
  resamples,
  seed = 0,
}: {
  tasks: number
  resamples: number
  seed?: number
}): Generator<Resample, void, undefined> {
  if (!Number.isInteger(resamples) || resamples < 100)
    throw new IcrlError(`bootstrap: ${resamples} resamples.`, {
      code: 'invalid-option',
      remedy: 'Use a whole number of at least 100; 2000 is the default.',
    })
  for (let b = 0; b < resamples; b++) {
    const draws = randomStream(seed, 'bootstrap', b)
    const ofTasks = draws.child('tasks')
    const ofSeeds = draws.child('seeds')
    const taskCounts = new Float64Array(Math.max(1, tasks))
    if (tasks <= 1) taskCounts[0] = 1
    else for (let t = 0; t < tasks; t++) taskCounts[ofTasks.integer(t, tasks)]++
    yield {
      taskCounts,
      seedPlaces: (count) => Array.from({ length: count }, (_, i) => ofSeeds.integer(i, count)),
    }
  }
}

/**
 * The central 95% of resampled values: their 2.5th and 97.5th percentile, by nearest rank. Infinite
 * values are allowed.
 */
export function percentileInterval(values: readonly number[]): {
  readonly low: number
  readonly high: number
} {
  const sorted = Float64Array.from(values).sort()
  const rank = (share: number): number =>
    sorted[Math.min(sorted.length - 1, Math.max(0, Math.ceil(share * sorted.length) - 1))]
  return { low: rank(0.025), high: rank(0.975) }
}
