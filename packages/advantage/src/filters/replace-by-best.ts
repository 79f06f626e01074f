import type { Sample, SampleSelector } from '@icrl/core'
import { groupBy, type Grouping } from '../group-by.ts'

/** What {@link replaceByBest} reads of a sample. */
export type Replaceable = Pick<Sample, 'id' | 'keys' | 'reward'>

/** Options of {@link replaceByBest}. */
export interface ReplaceByBestOptions<S = Replaceable> {
  /** True for the samples of which the best one of a group stays. */
  readonly of: (sample: S) => boolean
  /** What makes a group. @defaultValue groups of one task */
  readonly by?: Grouping
}

/**
 * In each group, the best of some samples takes the place of one of the others: of those that `of`
 * picks the first with the highest reward stays; of the rest, the one of the same session is left
 * out, so that the group keeps its size. A group without such samples stays as it is.
 *
 * Critique-GRPO (arXiv 2506.03106) with refinements: 7 + 1 of 8 `[code]`; which of the eight is
 * replaced is our choice: the answer that was refined.
 *
 * @example
 * import { replaceByBest } from '@icrl/advantage'
 * const filter = replaceByBest({ of: ({ keys }) => keys.round === 2 })
 */
export function replaceByBest<S extends Replaceable = Replaceable>({
  of,
  by = groupBy('task'),
}: ReplaceByBestOptions<S>): SampleSelector<S> {
  return (samples) => {
    const dropped = new Set<string>()
    for (const group of by(samples)) {
      const own = group.map((index) => samples[index])
      const candidates = own.filter(of)
      if (candidates.length === 0) continue
      const best = candidates.reduce((a, b) => (b.reward > a.reward ? b : a))
      const replaced = own.find(
        (sample) => !of(sample) && sample.keys.session === best.keys.session,
      )
      for (const sample of candidates) if (sample !== best) dropped.add(sample.id)
      if (replaced) dropped.add(replaced.id)
    }
    return { kept: samples.filter(({ id }) => !dropped.has(id)) }
  }
}
