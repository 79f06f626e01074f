import { IcrlError, type Objective } from '@icrl/core'
import { tokenObjective } from './token-objective.ts'

/** Options of {@link sapo}. */
export interface SapoOptions {
  /**
   * τ of tokens with a positive advantage, above 0: the larger, the sooner a ratio away from 1
   * stops counting.
   *
   * @defaultValue 1
   */
  readonly temperature?: number
  /** τ of the other tokens. @defaultValue 1.05 */
  readonly negativeTemperature?: number
}

/**
 * Soft adaptive policy optimization: a sigmoid in place of PPO's clip.
 *
 *     L = −Σ_t a_t · w_t · A_t · (4/τ) σ(τ(ρ_t − 1)),   ρ_t = exp(logπ_θ − logπ_old)
 *
 * with τ by the sign of A_t. Gao et al. 2025 (arXiv 2511.20347); verl's `sapo` `[code]`. At ρ = 1 the
 * gradient is that of the plain policy gradient, whatever τ.
 *
 * @throws `invalid-option` for a temperature of 0 or less
 * @example
 * import { sapo } from '@icrl/objective'
 * const objective = sapo({ negativeTemperature: 1.2 })
 */
export function sapo({ temperature = 1, negativeTemperature = 1.05 }: SapoOptions = {}): Objective {
  for (const [option, value] of Object.entries({ temperature, negativeTemperature })) {
    if (!(value > 0 && value < Infinity))
      throw new IcrlError(`sapo: ${option} is ${value}.`, {
        code: 'invalid-option',
        remedy: 'Use a number above 0.',
      })
  }
  const objective = tokenObjective('sapo', ({ logprob, oldLogprob, advantage }) => {
    const ratio = Math.exp(logprob - oldLogprob)
    const tau = advantage > 0 ? temperature : negativeTemperature
    const open = 1 / (1 + Math.exp(-tau * (ratio - 1)))
    // Far away e^x has left no slope, and ∞ · 0 must not be NaN.
    const slope = open === 1 ? 0 : 4 * open * (1 - open) * ratio
    return { loss: -advantage * (4 / tau) * open, gradient: -advantage * slope }
  })
  return { ...objective, proportional: true }
}
