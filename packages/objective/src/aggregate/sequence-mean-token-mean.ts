import type { Aggregation } from '@icrl/core'
import { perSequence } from './per-sequence.ts'

/**
 * The mean over samples of each sample's token mean:
 *
 *     a_t = 1 / (N |y_i|)
 *
 * GRPO (arXiv 2402.03300) eq. 3; the released code of ICRL. N counts samples with a trained token.
 *
 * @example
 * import { sequenceMeanTokenMean } from '@icrl/objective'
 * const aggregation = sequenceMeanTokenMean()
 */
export function sequenceMeanTokenMean(): Aggregation {
  return perSequence((tokens) => 1 / tokens)
}
