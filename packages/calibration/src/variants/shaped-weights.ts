import { IcrlError, isRebound, type WeightRule } from '@icrl/core'
import type { CalibrationWeightsOptions } from '../calibration-weights.ts'
import { oldLogprobsOf, type WeightInput } from '../log-weights.ts'

/** Options of {@link shapedWeights}. */
export interface ShapedWeightsOptions<S = WeightInput> extends CalibrationWeightsOptions<S> {
  /** γ > 0: the probability at which the weight is largest. @defaultValue 0.1 */
  readonly gamma?: number
}

/**
 * The factor by which policy shaping multiplies a token's gradient, as a detached weight:
 *
 *     w_t = γ π / (π + γ)²,   π = π_old(y_t | q, y_<t)
 *
 * LUFFY (arXiv 2504.14945), Critique-GRPO (arXiv 2506.03106), γ = 0.1. With one optimizer step per
 * batch it gives exactly their gradient. For several steps use `shapedLikelihood` of
 * `@icrl/objective`, which follows the current policy. The weight is largest, ¼, at π = γ.
 *
 * @throws `invalid-option` unless γ > 0; `invalid-shape` for a rebound sample without old
 * log-probabilities
 * @example
 * import { shapedWeights } from '@icrl/calibration'
 * import type { Sample } from '@icrl/core'
 * declare const revision: Sample
 * const weights = shapedWeights({ gamma: 0.1 })(revision)
 */
export function shapedWeights<S extends WeightInput = WeightInput>({
  gamma = 0.1,
  appliesTo = isRebound,
}: ShapedWeightsOptions<S> = {}): WeightRule<S> {
  if (!(gamma > 0 && gamma < Infinity))
    throw new IcrlError(`shapedWeights: gamma is ${gamma}.`, {
      code: 'invalid-option',
      remedy: 'Use a positive number, usually 0.1.',
    })
  return (sample) => {
    if (!appliesTo(sample)) return undefined
    const old = oldLogprobsOf(sample)
    return Float32Array.from(sample.mask, (trained, t) => {
      const probability = Math.exp(old[t])
      return trained ? (gamma * probability) / (probability + gamma) ** 2 : 1
    })
  }
}
