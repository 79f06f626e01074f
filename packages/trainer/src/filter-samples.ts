import type { Sample, SampleFilter } from '@icrl/core'

/** What is left to train on, and what became of the rest. */
export interface FilteredSamples {
  /** In the order of the input, then what a filter added. */
  readonly kept: readonly Sample[]
  /** Ids left out because they were cut off at a length limit. */
  readonly truncated: ReadonlySet<string>
  /** Ids left out for another reason. */
  readonly filtered: ReadonlySet<string>
}

/** Applies the filters in order; a sample is charged to the first that left it out. */
export function filterSamples(
  samples: readonly Sample[],
  filters: readonly SampleFilter[] = [],
): FilteredSamples {
  const truncated = new Set<string>()
  const filtered = new Set<string>()
  let kept = samples
  for (const filter of filters) {
    const result = filter(kept)
    const stay = new Set(result.kept.map(({ id }) => id))
    const cut = new Set((result.truncated ?? []).map(({ id }) => id))
    for (const { id } of kept) {
      if (stay.has(id)) continue
      if (cut.has(id)) truncated.add(id)
      else filtered.add(id)
    }
    kept = result.kept
  }
  return { kept, truncated, filtered }
}
