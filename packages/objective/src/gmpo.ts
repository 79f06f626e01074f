import type { Objective, ObjectiveInput, ObjectiveResult } from '@icrl/core'
import { checkClip, checkInput, finite, klOf } from './check-input.ts'

/** Options of {@link gmpo}. */
export interface GmpoOptions {
  /** Lower clip distance of a token's log-ratio. @defaultValue 0.4 */
  readonly clipLow?: number
  /** Upper clip distance of a token's log-ratio. @defaultValue 0.4 */
  readonly clipHigh?: number
}

/**
 * Geometric-mean policy optimization: the ratio of a response is the geometric mean of its tokens'
 * ratios, each clipped by itself, so that single tokens cannot make it large:
 *
 *     L = −Σ_t a_t · w_t · A_t · s,   s = exp( 1/|y| Σ_t min(log ρ_t, clip(log ρ_t, −ε_low, ε_high)) )
 *
 * where the minimum is of what A_t multiplies: a maximum where A_t < 0. Zhao et al. 2025 (arXiv
 * 2507.20673); verl's `geo_mean` `[code]`. With `sequenceMeanTokenMean` and one advantage per response
 * it is that code's mean over responses. A token of advantage 0 counts as ratio 1, as there.
 *
 * @throws `invalid-option` for a clip distance below 0
 * @example
 * import { gmpo } from '@icrl/objective'
 * const objective = gmpo({ clipHigh: 0.5 })
 */
export function gmpo({ clipLow = 0.4, clipHigh = 0.4 }: GmpoOptions = {}): Objective {
  checkClip('gmpo', { clipLow, clipHigh })
  return {
    name: 'gmpo',
    wants: { old: true },
    proportional: true,
    evaluate: (unit) => unit.map((input) => evaluateResponse(input, clipLow, clipHigh)),
  }
}

function evaluateResponse(
  input: ObjectiveInput,
  clipLow: number,
  clipHigh: number,
): ObjectiveResult {
  checkInput('gmpo', input)
  const { logprobs, oldLogprobs = logprobs, advantages, weights, coefficients, mask } = input
  const moves = new Uint8Array(logprobs.length)
  let [tokens, sum, kl, share] = [0, 0, 0, 0]
  for (let t = 0; t < logprobs.length; t++) {
    if (!mask[t]) continue
    const difference = logprobs[t] - oldLogprobs[t]
    const bound = advantages[t] > 0 ? clipHigh : -clipLow
    const isClipped = advantages[t] > 0 ? difference > bound : difference < bound
    moves[t] = isClipped || advantages[t] === 0 ? 0 : 1
    tokens++
    sum += isClipped ? bound : moves[t] * difference
    kl += finite(klOf(difference), 'gmpo', input, t)
    share -= coefficients[t] * (weights?.[t] ?? 1) * advantages[t]
  }
  const ratio = tokens === 0 ? 1 : Math.exp(sum / tokens)
  const losses = Float32Array.from(mask, (trained, t) =>
    trained
      ? finite(-coefficients[t] * (weights?.[t] ?? 1) * advantages[t] * ratio, 'gmpo', input, t)
      : 0,
  )
  const gradient = Float32Array.from(mask, (trained, t) =>
    trained && moves[t] ? finite((share * ratio) / tokens, 'gmpo', input, t) : 0,
  )
  const clipped = mask.reduce(
    (count, one, t) => count + (one && !moves[t] && advantages[t] !== 0 ? 1 : 0),
    0,
  )
  return { value: share * ratio, losses, gradient, diagnostics: { clipped, kl } }
}
