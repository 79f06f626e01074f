import type { Sample, SampleSelector } from '@icrl/core'
import type { Grouping } from '../group-by.ts'
import { hasZeroVariance } from '../has-zero-variance.ts'
import { keepGroups } from './keep-groups.ts'

/**
 * Drops groups whose rewards are all equal: DAPO's dynamic sampling (Yu et al. 2025, arXiv
 * 2503.14476, §3.2) without its refill, which is the collector's part. With a group-mean baseline
 * such samples have no gradient of their own; dropping them changes how many samples the loss is
 * averaged over.
 *
 * @example
 * import { dropZeroVarianceGroups, groupBy } from '@icrl/advantage'
 * const filter = dropZeroVarianceGroups(groupBy('task'))
 */
export function dropZeroVarianceGroups(
  by: Grouping,
): SampleSelector<Pick<Sample, 'keys' | 'reward'>> {
  return keepGroups(
    by,
    (group: readonly Pick<Sample, 'keys' | 'reward'>[]) =>
      !hasZeroVariance(group.map(({ reward }) => reward)),
  )
}
