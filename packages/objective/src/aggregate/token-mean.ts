import type { Aggregation } from '@icrl/core'
import { trainedTokens } from './per-sequence.ts'

/**
 * Gives every trained token of the batch the same weight:
 *
 *     a_t = 1 / Σ_i |y_i|
 *
 * DAPO (arXiv 2503.14476) eq. 8; ICRL (arXiv 2605.15224) eq. 6, over both roles. Long responses
 * count more.
 *
 * @returns a function from the masks and keys of the whole optimizer batch to coefficients
 * `[samples][T]`
 * @example
 * import { tokenMean } from '@icrl/objective'
 * const keys = { task: 'q', role: 'solver', session: 0, round: 1, branch: 0 }
 * tokenMean()([
 *   { mask: Uint8Array.of(1, 0, 1), keys },
 *   { mask: Uint8Array.of(1, 1), keys },
 * ]) // [[0.25, 0, 0.25], [0.25, 0.25]]
 */
export function tokenMean(): Aggregation {
  return (items) => {
    const tokens = items.reduce((sum, item) => sum + trainedTokens(item), 0)
    return items.map(({ mask }) => Float32Array.from(mask, (trained) => (trained ? 1 / tokens : 0)))
  }
}
