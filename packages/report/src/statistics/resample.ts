import { IcrlError, randomStream, type RandomStream } from '@icrl/core'

/**
 * One bootstrap resample: how often each task was drawn, and uniform numbers from which a method
 * draws its seeds.
 */
export interface Resample {
  /** `[T]` counts that sum to each set's size within it; set by set. */
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
 * @param sets how many tasks each set has, T in all; of a set of one, the task is not drawn
 * @param seed seed of the draws: equal arguments give equal resamples
 * @throws `invalid-option` for fewer than 100 resamples
 */
export function* resample({
  sets,
  resamples,
  seed = 0,
}: {
  sets: readonly number[]
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
    yield {
      taskCounts: drawTasks(sets, ofTasks),
      seedPlaces: (count) => Array.from({ length: count }, (_, i) => ofSeeds.integer(i, count)),
    }
  }
}

function drawTasks(sets: readonly number[], stream: RandomStream): Float64Array {
  const counts = new Float64Array(Math.max(1, sumOf(sets)))
  if (sets.length === 0) counts[0] = 1
  let first = 0
  for (const [s, size] of sets.entries()) {
    const draws = sets.length === 1 ? stream : stream.child(s)
    if (size === 1) counts[first] = 1
    else for (let t = 0; t < size; t++) counts[first + draws.integer(t, size)]++
    first += size
  }
  return counts
}

function sumOf(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0)
}
