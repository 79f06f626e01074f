import { IcrlError, type Objective } from '@icrl/core'
import { checkClip } from './check-input.ts'
import { tokenObjective } from './token-objective.ts'

/** Options of {@link clippedSurrogate}. */
export interface ClippedSurrogateOptions {
  /**
   * Lower clip distance ε: with a negative advantage, ratios below 1 − ε stop contributing. 1 or
   * more is no lower clip.
   *
   * @defaultValue 0.2
   */
  readonly clipLow?: number
  /**
   * Upper clip distance ε: with a positive advantage, ratios above 1 + ε stop contributing. Larger
   * than `clipLow` is DAPO's clip-higher, `Infinity` no upper clip.
   *
   * @defaultValue 0.2
   */
  readonly clipHigh?: number
  /**
   * Dual clip c > 1: with a negative advantage, ratios above c stop contributing too.
   *
   * @defaultValue no dual clip
   */
  readonly dualClip?: number
}

/**
 * PPO's clipped surrogate, summed over tokens with the batch's coefficients a_t and detached
 * weights w_t:
 *
 *     L = −Σ_t a_t · w_t · min(ρ_t A_t, clip(ρ_t, 1−ε_low, 1+ε_high) A_t),   ρ_t = exp(logπ_θ − logπ_old)
 *
 * Schulman et al. 2017 (arXiv 1707.06347) eq. 7; asymmetric clip: DAPO (arXiv 2503.14476) eq. 8;
 * ICRL (arXiv 2605.15224) eq. 6 for w_t. With `dualClip` the minimum is bounded from below by c·A_t
 * where A_t < 0 (Ye et al. 2020, arXiv 1912.09729, eq. 5).
 *
 * Without old log-probabilities the current ones take their place as constants: every ratio is 1
 * and the gradient is −a_t w_t A_t.
 *
 * @throws `invalid-option` for a clip distance below 0 or a dual clip of 1 or less
 * @example
 * import { clippedSurrogate } from '@icrl/objective'
 * const [{ value, gradient }] = clippedSurrogate({ clipHigh: 0.28 }).evaluate([
 *   {
 *     logprobs: Float32Array.of(-1),
 *     oldLogprobs: Float32Array.of(-1.1),
 *     mask: Uint8Array.of(1),
 *     advantages: Float32Array.of(1),
 *     coefficients: Float32Array.of(1),
 *   },
 * ])
 */
export function clippedSurrogate({
  clipLow = 0.2,
  clipHigh = 0.2,
  dualClip = Infinity,
}: ClippedSurrogateOptions = {}): Objective {
  checkClip('clippedSurrogate', { clipLow, clipHigh })
  if (!(dualClip > 1))
    throw new IcrlError(`clippedSurrogate: dualClip is ${dualClip}.`, {
      code: 'invalid-option',
      remedy: 'Use a number above 1, usually 3, or leave it out.',
    })
  const objective = tokenObjective('clipped surrogate', ({ logprob, oldLogprob, advantage }) => {
    const ratio = Math.exp(logprob - oldLogprob)
    if (advantage > 0 && ratio > 1 + clipHigh)
      return { loss: -(1 + clipHigh) * advantage, gradient: 0, clipped: true }
    if (advantage < 0 && ratio < 1 - clipLow)
      return { loss: -(1 - clipLow) * advantage, gradient: 0, clipped: true }
    if (advantage < 0 && ratio > dualClip)
      return { loss: -dualClip * advantage, gradient: 0, clipped: true }
    return { loss: -ratio * advantage, gradient: -ratio * advantage }
  })
  return { ...objective, proportional: true }
}
