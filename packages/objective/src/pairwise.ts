import { IcrlError, type Objective, type ObjectiveInput, type ObjectiveResult } from '@icrl/core'
import { checkInput, describeInput, finite, requireArray } from './check-input.ts'

/** Options of {@link pairwise}. */
export interface PairwiseOptions {
  /** β > 0: how strongly the margin over the reference counts. @defaultValue 0.1 */
  readonly beta?: number
  /**
   * False: margins without a reference policy, m = Σ_t logπ_θ(y_t). With β = 1 that is the
   * Bradley–Terry loss, for two responses of one token binary cross-entropy on their logits.
   *
   * @defaultValue true
   */
  readonly reference?: boolean
  /** λ ≥ 0 of the preferred response's negative log-likelihood, Σ_t a_t. @defaultValue 0 */
  readonly likelihood?: number
}

/**
 * Direct preference optimization over units of two samples, one of which is preferred:
 *
 *     L = −Σ_pairs a · log σ(β (m⁺ − m⁻)),   m = Σ_t (logπ_θ(y_t) − logπ_ref(y_t))
 *
 * Rafailov et al. 2023 (arXiv 2305.18290) eq. 7. A unit is the two samples of one task that have
 * the same extra key `pair`; the extra key `preferred` is 1 on one of them and 0 on the other. A
 * pair's share a is the sum of its tokens' coefficients: with `sequenceMeanTokenMean` that is the
 * mean over pairs. Advantages and weights are ignored. With `likelihood`, λ times the preferred
 * response's negative log-likelihood is added, which keeps it from becoming unlikely together with
 * the other (ReVISE, arXiv 2502.14565: λ = 0.1).
 *
 * @throws `invalid-option` unless β > 0; when evaluated, `invalid-shape` for a unit that is not
 * such a pair or lacks reference log-probabilities
 * @example
 * import { pairwise } from '@icrl/objective'
 * const objective = pairwise({ beta: 0.1 })
 */
export function pairwise({
  beta = 0.1,
  reference = true,
  likelihood = 0,
}: PairwiseOptions = {}): Objective {
  if (!(beta > 0 && beta < Infinity))
    throw new IcrlError(`pairwise: beta is ${beta}.`, {
      code: 'invalid-option',
      remedy: 'Use a positive number, usually 0.1.',
    })
  if (!(likelihood >= 0 && likelihood < Infinity))
    throw new IcrlError(`pairwise: likelihood is ${likelihood}.`, {
      code: 'invalid-option',
      remedy: 'Use 0 or a positive number, such as 0.1.',
    })
  return {
    name: 'pairwise',
    wants: { reference },
    unitOf: (keys) => JSON.stringify([keys.task, keys.pair ?? null]),
    evaluate: (unit) => evaluatePair(unit, { beta, reference, likelihood }),
  }
}

function evaluatePair(
  unit: readonly ObjectiveInput[],
  { beta, reference, likelihood }: Required<PairwiseOptions>,
): ObjectiveResult[] {
  const signs = signsOf(unit)
  const margin = unit.reduce((sum, input, i) => sum + signs[i] * marginOf(input, reference), 0)
  const share = unit.reduce((sum, input) => sum + shareOf(input), 0)
  const logit = beta * margin
  const loss = Math.max(-logit, 0) + Math.log1p(Math.exp(-Math.abs(logit)))
  const slope = (-share * beta) / (1 + Math.exp(logit))
  return unit.map((input, i) => {
    const { logprobs, coefficients, mask } = input
    const share = signs[i] > 0 ? likelihood : 0
    const losses = Float32Array.from(mask, (trained, t) =>
      trained ? finite((loss - share * logprobs[t]) * coefficients[t], 'pairwise', input, t) : 0,
    )
    const gradient = Float32Array.from(mask, (trained, t) =>
      trained ? finite(signs[i] * slope - share * coefficients[t], 'pairwise', input, t) : 0,
    )
    const likelihoodLoss = share * sumTrained(input, (t) => -logprobs[t] * coefficients[t])
    return { value: loss * shareOf(input) + likelihoodLoss, losses, gradient }
  })
}

/** +1 for the preferred sample, −1 for the other. */
function signsOf(unit: readonly ObjectiveInput[]): number[] {
  const preferred = unit.map(({ keys }) => keys?.preferred)
  if (unit.length !== 2 || !preferred.includes(1) || !preferred.includes(0)) {
    const found = unit
      .map((input) => `${describeInput(input)} (preferred: ${input.keys?.preferred ?? 'absent'})`)
      .join('; ')
    throw new IcrlError(`pairwise: a unit is ${found || 'empty'}.`, {
      code: 'invalid-shape',
      remedy: 'Give two samples one `pair` key, and `preferred` 1 and 0.',
    })
  }
  return preferred.map((value) => (value === 1 ? 1 : -1))
}

function marginOf(input: ObjectiveInput, hasReference: boolean): number {
  checkInput('pairwise', input)
  if (!hasReference) return sumTrained(input, (t) => input.logprobs[t])
  const reference = requireArray('pairwise', input, 'referenceLogprobs')
  return sumTrained(input, (t) => input.logprobs[t] - reference[t])
}

function shareOf(input: ObjectiveInput): number {
  return sumTrained(input, (t) => input.coefficients[t])
}

function sumTrained({ mask }: ObjectiveInput, term: (token: number) => number): number {
  return mask.reduce((sum, trained, t) => (trained ? sum + term(t) : sum), 0)
}
