import type { Sample, SampleFilter } from '@icrl/core'

/**
 * Leaves out samples that ran into a length limit; the ledger counts them as truncated. DAPO's
 * overlong filtering (Yu et al. 2025, arXiv 2503.14476, §3.4).
 *
 * @example
 * import { dropTruncated } from '@icrl/advantage'
 * import type { Sample } from '@icrl/core'
 * declare const samples: Sample[]
 * const { kept, truncated } = dropTruncated()(samples)
 */
export function dropTruncated(): SampleFilter {
  return (samples) => ({
    kept: samples.filter(({ finish }) => finish !== 'length'),
    truncated: samples.filter(({ finish }) => finish === 'length'),
  })
}

/**
 * Keeps the samples that a predicate accepts, in their order.
 *
 * @example
 * import { keepSamples } from '@icrl/advantage'
 * const solverOnly = keepSamples(({ keys }) => keys.role === 'solver')
 */
export function keepSamples(isKept: (sample: Sample) => boolean): SampleFilter {
  return (samples) => ({ kept: samples.filter(isKept) })
}
