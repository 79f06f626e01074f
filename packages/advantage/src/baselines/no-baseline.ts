import type { Baseline } from './baseline.ts'

/**
 * The reward itself as the advantage: `A_i = r_i` (plain REINFORCE; pairwise rewards of ±1 as in
 * BRPO, arXiv 2506.00103).
 *
 * @example
 * import { noBaseline } from '@icrl/advantage'
 * noBaseline()([1, 0]) // [1, 0]
 */
export function noBaseline(): Baseline {
  return (rewards) => [...rewards]
}
