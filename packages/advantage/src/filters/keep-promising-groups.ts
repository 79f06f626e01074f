import type { Sample, SampleFilter } from '@icrl/core'
import { meanOf } from '../baselines/baseline.ts'
import { groupBy, type Grouping } from '../group-by.ts'
import { keepGroups } from './keep-groups.ts'

/** Options of {@link keepPromisingGroups}. */
export interface KeepPromisingGroupsOptions {
  readonly by?: Grouping
  /** Groups it does not apply to are kept; asked of a group's first sample. */
  readonly appliesTo?: (sample: Sample) => boolean
  /** Least mean reward of a group that is kept. */
  readonly minimumMean?: number
}

/**
 * Drops groups with little to learn from: none of their own rewards is 1, or their mean reward is
 * below a threshold. By default it looks at critics and at solvers from round 2 on, each query,
 * round and role by itself.
 *
 * The released code of ICRL (arXiv 2605.15224; the paper has no such filter). The mean is the
 * group's own, before any pseudo-sample.
 *
 * @example
 * import { keepPromisingGroups } from '@icrl/advantage'
 * const filter = keepPromisingGroups({ minimumMean: 0.3 })
 */
export function keepPromisingGroups({
  by = groupBy('task', 'round', 'role'),
  appliesTo = isGuided,
  minimumMean = 0.3,
}: KeepPromisingGroupsOptions = {}): SampleFilter {
  return keepGroups(by, (group) => {
    if (!appliesTo(group[0])) return true
    const rewards = group.map(({ reward }) => reward)
    return rewards.includes(1) && meanOf(rewards) >= minimumMean
  })
}

function isGuided({ keys }: Sample): boolean {
  return keys.role === 'critic' || keys.round >= 2
}
