import type { Aggregation } from '@icrl/core'
import { perSequence } from './per-sequence.ts'

/**
 * The mean over samples of each sample's token sum, as a sequence's log-probability has it:
 *
 *     a_t = 1 / N
 *
 * RLOO (arXiv 2402.14740). N counts samples with a trained token.
 *
 * @example
 * import { sequenceMeanTokenSum } from '@icrl/objective'
 * const aggregation = sequenceMeanTokenSum()
 */
export function sequenceMeanTokenSum(): Aggregation {
  return perSequence(() => 1)
}
