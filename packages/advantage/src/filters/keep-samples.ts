import type { Sample, SampleFilter } from '@icrl/core'

/**
 * Keeps the samples a predicate accepts, in their order.
 *
 * @example
 * import { keepSamples } from '@icrl/advantage'
 * const solverOnly = keepSamples(({ keys }) => keys.role === 'solver')
 */
export function keepSamples(isKept: (sample: Sample) => boolean): SampleFilter {
  return (samples) => ({ kept: samples.filter(isKept) })
}
