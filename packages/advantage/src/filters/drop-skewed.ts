import type { Sample, SampleSelector } from '@icrl/core'
import { groupBy, type Grouping } from '../group-by.ts'
import { keepGroups } from './keep-groups.ts'

/**
 * Drops groups whose rewards of ±1 are nearly all of one sign, |Σ_i r_i| / G > `most`, and groups of
 * one: their reference was an outlier.
 *
 * BRPO (arXiv 2506.00103): 0.6 `[paper]`.
 *
 * @param most default: 0.6
 * @example
 * import { dropSkewed } from '@icrl/advantage'
 * const filter = dropSkewed(0.6)
 */
export function dropSkewed(
  most: number = 0.6,
  by: Grouping = groupBy('task'),
): SampleSelector<Pick<Sample, 'keys' | 'reward'>> {
  return keepGroups(by, (group: readonly Pick<Sample, 'keys' | 'reward'>[]) => {
    const sum = group.reduce((all, { reward }) => all + reward, 0)
    return group.length > 1 && Math.abs(sum) / group.length <= most
  })
}
