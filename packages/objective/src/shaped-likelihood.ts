import { IcrlError, type Objective } from '@icrl/core'
import { tokenObjective } from './token-objective.ts'

/** Options of {@link shapedLikelihood}. */
export interface ShapedLikelihoodOptions {
  /** γ > 0: the probability at which a token's gradient is largest. @defaultValue 0.1 */
  readonly gamma?: number
}

/**
 * Policy shaping for tokens that another policy or another prompt wrote:
 *
 *     L = −Σ_t a_t · w_t · A_t · π/(π + γ),   ∂/∂logπ of π/(π + γ) = γπ/(π + γ)²
 *
 * LUFFY (arXiv 2504.14945) eq. 7; Critique-GRPO (arXiv 2506.03106) for refined answers; γ = 0.1 in
 * both. It uses neither a behavior probability nor a clip.
 *
 * @throws `invalid-option` unless γ > 0
 * @example
 * import { shapedLikelihood } from '@icrl/objective'
 * const objective = shapedLikelihood({ gamma: 0.1 })
 */
export function shapedLikelihood({ gamma = 0.1 }: ShapedLikelihoodOptions = {}): Objective {
  if (!(gamma > 0 && gamma < Infinity))
    throw new IcrlError(`shapedLikelihood: gamma is ${gamma}.`, {
      code: 'invalid-option',
      remedy: 'Use a positive number, usually 0.1.',
    })
  return tokenObjective(
    'shaped likelihood',
    ({ logprob, advantage }) => {
      const probability = Math.exp(logprob)
      const sum = probability + gamma
      return {
        loss: (-advantage * probability) / sum,
        gradient: (-advantage * gamma * probability) / sum ** 2,
      }
    },
    {},
  )
}
