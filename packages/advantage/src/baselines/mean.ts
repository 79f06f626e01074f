import { hasZeroVariance } from '../has-zero-variance.ts'
import { type Baseline, meanOf } from './baseline.ts'

/**
 * Subtracts the group's mean, without dividing by the deviation:
 *
 *     A_i = r_i − mean_j r_j
 *
 * Dr.GRPO (Liu et al. 2025, arXiv 2503.20783). A zero-variance group, a group of one included, has
 * advantages of exactly 0.
 *
 * @example
 * import { mean } from '@icrl/advantage'
 * mean()([1, 0, 0, 0]) // [0.75, -0.25, -0.25, -0.25]
 */
export function mean(): Baseline {
  return (rewards) => {
    if (hasZeroVariance(rewards)) return rewards.map(() => 0)
    const center = meanOf(rewards)
    return rewards.map((reward) => reward - center)
  }
}
