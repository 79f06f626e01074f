import type { SampleFilter } from '@icrl/core'
import type { Grouping } from '../group-by.ts'
import { isFlat } from '../is-flat.ts'
import { keepGroups } from './keep-groups.ts'

/**
 * Drops groups whose rewards are all equal: DAPO's dynamic sampling (Yu et al. 2025, arXiv
 * 2503.14476, §3.2) without its refill, which is the collector's part. Dropping them moves no
 * gradient of a group-mean baseline, but the mean over what remains.
 *
 * @example
 * import { dropFlatGroups, groupBy } from '@icrl/advantage'
 * const filter = dropFlatGroups(groupBy('task'))
 */
export function dropFlatGroups(by: Grouping): SampleFilter {
  return keepGroups(by, (group) => !isFlat(group.map(({ reward }) => reward)))
}
