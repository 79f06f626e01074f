import type { Sample, SampleSelector } from '@icrl/core'

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
export function dropTruncated(): SampleSelector<Pick<Sample, 'finish'>> {
  return (samples) => ({
    kept: samples.filter(({ finish }) => finish !== 'length'),
    truncated: samples.filter(({ finish }) => finish === 'length'),
  })
}

/**
 * Keeps the samples that a predicate accepts, in their order. Name what it reads to call the filter
 * with as little.
 *
 * @example
 * import { keepSamples } from '@icrl/advantage'
 * import type { Sample } from '@icrl/core'
 * const solverOnly = keepSamples(({ keys }) => keys.role === 'solver')
 * const stopped = keepSamples(({ finish }: Pick<Sample, 'finish'>) => finish === 'stop')
 * stopped([{ finish: 'stop' }, { finish: 'length' }]).kept // [{ finish: 'stop' }]
 */
export function keepSamples<Reads = Sample>(
  isKept: (sample: Reads) => boolean,
): SampleSelector<Reads> {
  return (samples) => ({ kept: samples.filter(isKept) })
}
