import { meanOf } from './baselines/baseline.ts'
import { finiteReward, type Rewarded } from './finite-reward.ts'
import type { Grouping, Keyed } from './group-by.ts'

/** Options of {@link referenceMean}. */
export interface ReferenceMeanOptions<S = Keyed & Rewarded> {
  /** Which samples are compared with each other. */
  readonly by: Grouping
  /** True for the samples whose mean reward is the baseline of the whole group. */
  readonly of: (sample: S) => boolean
}

/**
 * Compares every sample of a group with the mean of some of them:
 *
 *     A_i = r_i − mean_{j ∈ group, of(j)} r_j
 *
 * If `of` picks the first round, this is the first-turn baseline of RLTF-SD (arXiv 2602.02482). A
 * group without such a sample has nothing to be compared with: advantages 0.
 *
 * @throws `non-finite` naming the sample whose reward is not a finite number
 * @example
 * import { groupBy, referenceMean } from '@icrl/advantage'
 * const rule = referenceMean({ by: groupBy('task', 'role'), of: ({ keys }) => keys.round === 1 })
 */
export function referenceMean<S extends Keyed & Rewarded = Keyed & Rewarded>({
  by,
  of,
}: ReferenceMeanOptions<S>): (samples: readonly S[]) => number[] {
  return (samples) => {
    const advantages = new Array<number>(samples.length).fill(0)
    for (const group of by(samples)) {
      const references = group
        .filter((index) => of(samples[index]))
        .map((index) => finiteReward(samples[index]))
      if (references.length === 0) continue
      const center = meanOf(references)
      for (const index of group) advantages[index] = finiteReward(samples[index]) - center
    }
    return advantages
  }
}
