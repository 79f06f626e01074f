import type { Sample, SampleSelector } from '@icrl/core'
import { meanOf } from '../baselines/baseline.ts'
import { groupBy, type Grouping, type Keyed } from '../group-by.ts'
import { keepGroups } from './keep-groups.ts'

/** Options of {@link keepPromisingGroups}. */
export interface KeepPromisingGroupsOptions<S = Pick<Sample, 'keys' | 'reward'>> {
  /** What makes a group. @defaultValue groups of the same task, round and role */
  readonly by?: Grouping
  /**
   * Called with a group's first sample; false: the group is kept in any case.
   *
   * @defaultValue true for critics, and for solvers from round 2 on
   */
  readonly appliesTo?: (sample: S) => boolean
  /** Least mean reward of a group that is kept. @defaultValue 0.3 */
  readonly minimumMean?: number
}

/**
 * Drops groups with little to learn from: none of their own rewards is 1, or their mean reward is
 * below a threshold.
 *
 * The released code of ICRL (arXiv 2605.15224; the paper has no such filter). The mean is the
 * group's own, before any pseudo-sample.
 *
 * @example
 * import { keepPromisingGroups } from '@icrl/advantage'
 * const filter = keepPromisingGroups({ minimumMean: 0.3 })
 */
export function keepPromisingGroups<
  S extends Pick<Sample, 'keys' | 'reward'> = Pick<Sample, 'keys' | 'reward'>,
>({
  by = groupBy('task', 'round', 'role'),
  appliesTo = isGuided,
  minimumMean = 0.3,
}: KeepPromisingGroupsOptions<S> = {}): SampleSelector<S> {
  return keepGroups(by, (group: readonly S[]) => {
    if (!appliesTo(group[0])) return true
    const rewards = group.map(({ reward }) => reward)
    return rewards.includes(1) && meanOf(rewards) >= minimumMean
  })
}

function isGuided({ keys }: Keyed): boolean {
  return keys.role === 'critic' || keys.round >= 2
}
