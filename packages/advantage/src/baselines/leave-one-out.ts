import { hasZeroVariance } from '../has-zero-variance.ts'
import { type Baseline, meanOf } from './baseline.ts'

/**
 * Compares each reward with the mean of the others:
 *
 *     A_i = r_i − mean_{j≠i} r_j = G/(G−1) · (r_i − mean_j r_j)
 *
 * RLOO (Ahmadian et al. 2024, arXiv 2402.14740). A group of one has no others: advantage 0.
 *
 * @example
 * import { leaveOneOut } from '@icrl/advantage'
 * leaveOneOut()([1, 0, 0, 0]) // [1, -1/3, -1/3, -1/3]
 */
export function leaveOneOut(): Baseline {
  return (rewards) => {
    if (hasZeroVariance(rewards)) return rewards.map(() => 0)
    const center = meanOf(rewards)
    const scale = rewards.length / (rewards.length - 1)
    return rewards.map((reward) => scale * (reward - center))
  }
}
