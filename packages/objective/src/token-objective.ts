import type { Objective, ObjectiveInput, ObjectiveResult, ObjectiveWants } from '@icrl/core'
import { checkInput, finite, klOf } from './check-input.ts'

/** One trained token as a loss sees it. Log-probabilities in nats. */
export interface TokenPoint {
  /** Log-probability under the weights that learn. */
  readonly logprob: number
  /** A constant; equal to `logprob` if the sample has no old log-probabilities. */
  readonly oldLogprob: number
  /** Advantage of the token. */
  readonly advantage: number
}

/**
 * A token's loss and its exact derivative in `logprob`, both before the token's coefficient and
 * weight.
 */
export interface TokenTerm {
  /** The token's loss. */
  readonly loss: number
  /** Its derivative by the token's log-probability. */
  readonly gradient: number
  /** True if a clip cuts off the token. */
  readonly clipped?: boolean
}

/**
 * An objective that is a sum over tokens, each seen by itself:
 *
 *     L = Σ_t a_t · w_t · ℓ(logπ_θ(y_t), logπ_old(y_t), A_t)
 *
 * with the batch's coefficients a_t and detached weights w_t. Masked positions are ignored. Its
 * diagnostics are `clipped` (the number of tokens that a clip cut off) and `kl`,
 * Σ_t (ρ_t − 1 − log ρ_t), an estimate of KL(π_old ‖ π_θ) that is never negative.
 *
 * @param term the loss of one token; its derivative must be exact
 * @throws when evaluated: `invalid-shape` for arrays that differ in length, `non-finite` naming the
 * token
 * @example
 * import { tokenObjective } from '@icrl/objective'
 * const squared = tokenObjective('squared', ({ logprob, advantage }) => ({
 *   loss: advantage * logprob ** 2,
 *   gradient: 2 * advantage * logprob,
 * }))
 */
export function tokenObjective(
  name: string,
  term: (point: TokenPoint) => TokenTerm,
  wants: ObjectiveWants = { old: true },
): Objective {
  return { name, wants, evaluate: (unit) => unit.map((input) => evaluateTokens(name, input, term)) }
}

function evaluateTokens(
  name: string,
  input: ObjectiveInput,
  term: (point: TokenPoint) => TokenTerm,
): ObjectiveResult {
  checkInput(name, input)
  const { logprobs, oldLogprobs = logprobs, advantages, weights, coefficients, mask } = input
  const losses = new Float32Array(logprobs.length)
  const gradient = new Float32Array(logprobs.length)
  let value = 0
  let clipped = 0
  let kl = 0
  for (let t = 0; t < logprobs.length; t++) {
    if (!mask[t]) continue
    const share = coefficients[t] * (weights?.[t] ?? 1)
    const at = term({ logprob: logprobs[t], oldLogprob: oldLogprobs[t], advantage: advantages[t] })
    const loss = finite(share * at.loss, name, input, t)
    losses[t] = loss
    gradient[t] = finite(share * at.gradient, name, input, t)
    value += loss
    if (at.clipped) clipped++
    kl += finite(klOf(logprobs[t] - oldLogprobs[t]), name, input, t)
  }
  return { value, losses, gradient, diagnostics: { clipped, kl } }
}
