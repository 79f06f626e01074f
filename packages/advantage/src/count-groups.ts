import type { Sample } from '@icrl/core'
import type { Grouping } from './group-by.ts'
import { hasZeroVariance } from './has-zero-variance.ts'

/** How many groups there are, and how many teach nothing. */
export interface GroupCount {
  /** Groups in all. */
  readonly groups: number
  /** Groups whose rewards are all equal, groups of one included. */
  readonly zeroVariance: number
  /** Groups of one. */
  readonly single: number
}

/**
 * Counts the groups that can teach nothing because their rewards do not differ. Count critics and
 * solvers apart: a step without critic samples has 0 groups, not a zero-variance one.
 *
 * @example
 * import { countGroups, groupBy } from '@icrl/advantage'
 * import type { Sample } from '@icrl/core'
 * declare const samples: Sample[]
 * const { groups, zeroVariance } = countGroups(
 *   samples.filter(({ keys }) => keys.role === 'critic'),
 *   groupBy('task', 'role'),
 * )
 */
export function countGroups(
  samples: readonly Pick<Sample, 'keys' | 'reward'>[],
  by: Grouping,
): GroupCount {
  const groups = by(samples).map((group) => group.map((index) => samples[index].reward))
  return {
    groups: groups.length,
    zeroVariance: groups.filter(hasZeroVariance).length,
    single: groups.filter(({ length }) => length === 1).length,
  }
}
