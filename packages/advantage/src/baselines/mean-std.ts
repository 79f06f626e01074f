import { IcrlError } from '@icrl/core'
import { hasZeroVariance } from '../has-zero-variance.ts'
import { type Baseline, meanOf } from './baseline.ts'

/** Options of {@link meanStd}. */
export interface MeanStdOptions {
  /**
   * δ, added to the deviation. 0 is allowed: groups of equal rewards get 0 anyway.
   *
   * @defaultValue 1e-6
   */
  readonly epsilon?: number
  /**
   * 1: the sample deviation, with G − 1 in the denominator (torch's default, so GRPO's in every
   * released trainer); 0: the population deviation, with G.
   *
   * @defaultValue 1
   */
  readonly degreesOfFreedom?: 0 | 1
}

/**
 * Standardizes a group's rewards:
 *
 *     A_i = (r_i − mean_j r_j) / (std_j r_j + δ)
 *
 * GRPO (Shao et al. 2024, arXiv 2402.03300); ICRL (arXiv 2605.15224) eq. 5 with groups per query
 * and role. A zero-variance group has advantages of exactly 0. So has a group of one: other
 * trainers give it mean 0 and deviation 1, which turns the raw reward into an advantage.
 * `countGroups` counts such groups.
 *
 * @throws `invalid-option` for an epsilon below 0
 * @example
 * import { meanStd } from '@icrl/advantage'
 * meanStd()([1, 0, 0, 0]) // [1.5, -0.5, -0.5, -0.5] up to δ
 * meanStd({ degreesOfFreedom: 0 })([1, 0]) // [1, -1] up to δ
 */
export function meanStd({ epsilon = 1e-6, degreesOfFreedom = 1 }: MeanStdOptions = {}): Baseline {
  if (!(epsilon >= 0))
    throw new IcrlError(`meanStd: epsilon is ${epsilon}.`, {
      code: 'invalid-option',
      remedy: 'Use 0 or a small positive number.',
    })
  return (rewards) => {
    if (hasZeroVariance(rewards)) return rewards.map(() => 0)
    const center = meanOf(rewards)
    const squares = rewards.map((reward) => (reward - center) ** 2)
    const scale =
      Math.sqrt((meanOf(squares) * rewards.length) / (rewards.length - degreesOfFreedom)) + epsilon
    return rewards.map((reward) => (scale === 0 ? 0 : (reward - center) / scale))
  }
}
