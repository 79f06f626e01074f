import type { Objective, ObjectiveInput, ObjectiveResult } from '@icrl/core'
import { checkClip, checkInput, finite, klOf } from './check-input.ts'

/** Options of {@link gspo}. */
export interface GspoOptions {
  /** Lower clip distance of the sequence ratio. @defaultValue 3e-4 */
  readonly clipLow?: number
  /** Upper clip distance of the sequence ratio. @defaultValue 4e-4 */
  readonly clipHigh?: number
}

/**
 * Group sequence policy optimization: the ratio, and so the clip, belongs to the whole response:
 *
 *     L = −Σ_t a_t · w_t · min(s A_t, clip(s, 1−ε_low, 1+ε_high) A_t),   s = exp( 1/|y| Σ_t (logπ_θ − logπ_old) )
 *
 * Zheng et al. 2025 (arXiv 2507.18071) eq. 5–7; |y| counts trained tokens. It is the paper's
 * sequence form, exactly differentiated: every token gets the derivative in s times s/|y|. If
 * advantage, weight and coefficient are the same all over a response, that is also the gradient of
 * the paper's token form with sg[s]·π_θ/sg[π_θ].
 *
 * @throws `invalid-option` for a clip distance below 0
 * @example
 * import { gspo } from '@icrl/objective'
 * const objective = gspo({ clipLow: 3e-4, clipHigh: 4e-4 })
 */
export function gspo({ clipLow = 3e-4, clipHigh = 4e-4 }: GspoOptions = {}): Objective {
  checkClip('gspo', { clipLow, clipHigh })
  return {
    name: 'gspo',
    wants: { old: true },
    proportional: true,
    evaluate: (unit) => unit.map((input) => evaluateSequence(input, 1 - clipLow, 1 + clipHigh)),
  }
}

interface SequenceRatio {
  readonly tokens: number
  readonly ratio: number
  /** Σ_t (ρ_t − 1 − log ρ_t) of the token ratios. */
  readonly kl: number
}

function sequenceRatio(input: ObjectiveInput): SequenceRatio {
  const { logprobs, oldLogprobs = logprobs, mask } = input
  let tokens = 0
  let sum = 0
  let kl = 0
  for (let t = 0; t < logprobs.length; t++) {
    if (!mask[t]) continue
    const difference = logprobs[t] - oldLogprobs[t]
    tokens++
    sum += difference
    kl += finite(klOf(difference), 'gspo', input, t)
  }
  return { tokens, ratio: tokens === 0 ? 1 : Math.exp(sum / tokens), kl }
}

function evaluateSequence(input: ObjectiveInput, low: number, high: number): ObjectiveResult {
  checkInput('gspo', input)
  const { logprobs, advantages, weights, coefficients, mask } = input
  const { tokens, ratio, kl } = sequenceRatio(input)
  const losses = new Float32Array(logprobs.length)
  let value = 0
  let slope = 0
  let clipped = 0
  for (let t = 0; t < logprobs.length; t++) {
    if (!mask[t]) continue
    const advantage = advantages[t]
    const share = coefficients[t] * (weights?.[t] ?? 1)
    const isClipped = (advantage > 0 && ratio > high) || (advantage < 0 && ratio < low)
    const bound = advantage > 0 ? high : low
    const loss = finite(-share * (isClipped ? bound : ratio) * advantage, 'gspo', input, t)
    losses[t] = loss
    value += loss
    if (isClipped) clipped++
    else slope -= share * advantage
  }
  const gradient = Float32Array.from(mask, (trained, t) =>
    trained ? finite((slope * ratio) / tokens, 'gspo', input, t) : 0,
  )
  return { value, losses, gradient, diagnostics: { clipped, kl } }
}
