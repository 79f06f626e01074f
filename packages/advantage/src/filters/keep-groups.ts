import type { Sample, SampleSelector } from '@icrl/core'
import type { Grouping, Keyed } from '../group-by.ts'

/**
 * Keeps or drops whole groups. What remains stays in its order.
 *
 * @param isKept called once per group
 * @example
 * import { groupBy, keepGroups } from '@icrl/advantage'
 * const pairsOnly = keepGroups(groupBy('task'), (group) => group.length === 2)
 */
export function keepGroups<Reads extends Keyed = Sample>(
  by: Grouping,
  isKept: (group: readonly Reads[]) => boolean,
): SampleSelector<Reads> {
  return (samples) => {
    const kept = new Set(
      by(samples)
        .filter((group) => isKept(group.map((index) => samples[index])))
        .flat(),
    )
    return { kept: samples.filter((_, index) => kept.has(index)) }
  }
}
