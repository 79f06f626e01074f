import type { Objective, ObjectiveInput, ObjectiveResult, RoutedSample } from '@icrl/core'
import { finite, requireArray } from '../check-input.ts'
import { k3, type KlEstimator } from './kl-estimators.ts'

/** Options of {@link withKl}. */
export interface WithKlOptions {
  /** β ≥ 0, or a function of the sample if it depends on the role or round. */
  readonly coefficient: number | ((input: ObjectiveInput) => number)
  /** How the KL is estimated from the sampled tokens. @defaultValue `k3` */
  readonly estimator?: KlEstimator
}

/**
 * Adds a penalty for distance from the reference policy, with the batch's coefficients a_t but not
 * the weights w_t:
 *
 *     L + β Σ_t a_t · kl_t
 *
 * GRPO (arXiv 2402.03300) eq. 3 with `k3`. A coefficient of 0 gives the objective back, and no
 * reference is needed. Adds the diagnostic `reference_kl`, Σ_t kl_t.
 *
 * @throws `invalid-shape`, when evaluated, if a sample has no reference log-probabilities
 * @example
 * import { clippedSurrogate, k2, withKl } from '@icrl/objective'
 * const objective = withKl(clippedSurrogate(), { coefficient: 0.001, estimator: k2 })
 */
export function withKl(
  objective: Objective,
  { coefficient, estimator = k3 }: WithKlOptions,
): Objective {
  if (coefficient === 0) return objective
  const name = `${objective.name} + kl`
  return {
    ...objective,
    proportional: false,
    name,
    wants: { ...objective.wants, reference: true },
    ...(objective.wantsOf && {
      wantsOf: (sample: RoutedSample) => ({ ...objective.wantsOf!(sample), reference: true }),
    }),
    evaluate: (unit) => {
      const results = objective.evaluate(unit)
      return unit.map((input, i) =>
        addKl(
          results[i],
          input,
          name,
          typeof coefficient === 'number' ? coefficient : coefficient(input),
          estimator,
        ),
      )
    },
  }
}

function addKl(
  result: ObjectiveResult,
  input: ObjectiveInput,
  name: string,
  coefficient: number,
  estimator: KlEstimator,
): ObjectiveResult {
  const reference = requireArray(name, input, 'referenceLogprobs')
  const losses = Float32Array.from(result.losses)
  const gradient = Float32Array.from(result.gradient)
  let { value } = result
  let total = 0
  for (let t = 0; t < losses.length; t++) {
    if (!input.mask[t]) continue
    const share = coefficient * input.coefficients[t]
    const kl = estimator(input.logprobs[t], reference[t])
    const loss = finite(share * kl.value, name, input, t)
    losses[t] += loss
    gradient[t] += finite(share * kl.gradient, name, input, t)
    value += loss
    total += kl.value
  }
  return {
    ...result,
    value,
    losses,
    gradient,
    diagnostics: { ...result.diagnostics, reference_kl: total },
  }
}
