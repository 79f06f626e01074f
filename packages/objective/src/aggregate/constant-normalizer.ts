import { type Aggregation, IcrlError } from '@icrl/core'
import { perSequence } from './per-sequence.ts'

/** Options of {@link constantNormalizer}. */
export interface ConstantNormalizerOptions {
  /** L: what every sample's token sum is divided by, usually the response budget in tokens. */
  readonly length: number
}

/**
 * The mean over samples of each sample's token sum, divided by a constant instead of its length:
 *
 *     a_t = 1 / (N L)
 *
 * Dr.GRPO (Liu et al. 2025, arXiv 2503.20783): no bias towards short right or long wrong answers. N
 * counts samples with a trained token.
 *
 * @throws `invalid-option` unless the length is above 0
 * @example
 * import { constantNormalizer } from '@icrl/objective'
 * const aggregation = constantNormalizer({ length: 2048 })
 */
export function constantNormalizer({ length }: ConstantNormalizerOptions): Aggregation {
  if (!(length > 0 && length < Infinity))
    throw new IcrlError(`constantNormalizer: the length is ${length}.`, {
      code: 'invalid-option',
      remedy: 'Use the response budget in tokens.',
    })
  return perSequence(() => 1 / length)
}
