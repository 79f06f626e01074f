import { IcrlError, type Objective } from '@icrl/core'
import { checkClip } from './check-input.ts'
import { tokenObjective } from './token-objective.ts'

/** Options of {@link cispo}. */
export interface CispoOptions {
  /**
   * Lower clip distance of the ratio, at most 1.
   *
   * @defaultValue 1, no lower clip, as in the paper
   */
  readonly clipLow?: number
  /**
   * Upper clip distance of the ratio: its weight is at most 1 + `clipHigh`. ScaleRL (arXiv
   * 2510.13786) and TRL name that bound itself, 4 to 8 and 5: give one less.
   *
   * @defaultValue 0.2
   */
  readonly clipHigh?: number
}

/**
 * Clipped importance-sampling policy optimization: the ratio is clipped as a weight, so that no
 * token loses its gradient:
 *
 *     ∇L = −Σ_t a_t · w_t · clip(ρ_t, 1−ε_low, 1+ε_high) · A_t · ∇logπ_θ(y_t)
 *
 * MiniMax-M1 (arXiv 2506.13585) eq. 4–5. The paper writes it with a stop-gradient around the ratio.
 * The loss here has exactly that derivative: −ρ_t A_t inside the clip range, continued outside as a
 * straight line in logπ_θ.
 *
 * @throws `invalid-option` for a clip distance below 0 or a lower one above 1
 * @example
 * import { cispo } from '@icrl/objective'
 * const objective = cispo({ clipHigh: 0.28 })
 */
export function cispo({ clipLow = 1, clipHigh = 0.2 }: CispoOptions = {}): Objective {
  checkClip('cispo', { clipLow, clipHigh })
  if (clipLow > 1)
    throw new IcrlError(`cispo: clipLow is ${clipLow}.`, {
      code: 'invalid-option',
      remedy: 'Use at most 1, which is no lower clip.',
    })
  const objective = tokenObjective('cispo', ({ logprob, oldLogprob, advantage }) => {
    const difference = logprob - oldLogprob
    const ratio = Math.exp(difference)
    const weight = Math.min(Math.max(ratio, 1 - clipLow), 1 + clipHigh)
    const isClipped = weight !== ratio
    const integral = isClipped ? weight * (1 + difference - Math.log(weight)) : ratio
    return { loss: -integral * advantage, gradient: -weight * advantage, clipped: isClipped }
  })
  return { ...objective, proportional: true }
}
