import type { Objective, ObjectiveInput, ObjectiveResult, RoutedSample } from '@icrl/core'
import { finite, requireArray } from './check-input.ts'

/** Options of {@link withEntropyBonus}. */
export interface WithEntropyBonusOptions {
  /** β; above 0 it keeps the policy from becoming certain too early. */
  readonly coefficient: number
}

/**
 * Adds a bonus for entropy, with the batch's coefficients a_t:
 *
 *     L − β Σ_t a_t · H_t
 *
 * A coefficient of 0 gives the objective back, and no entropies are needed.
 *
 * @throws `invalid-shape`, when evaluated, if a sample has no entropies
 * @example
 * import { clippedSurrogate, withEntropyBonus } from '@icrl/objective'
 * const objective = withEntropyBonus(clippedSurrogate(), { coefficient: 0.001 })
 */
export function withEntropyBonus(
  objective: Objective,
  { coefficient }: WithEntropyBonusOptions,
): Objective {
  if (coefficient === 0) return objective
  const name = `${objective.name} + entropy`
  return {
    ...objective,
    proportional: false,
    name,
    wants: { ...objective.wants, entropy: true },
    ...(objective.wantsOf && {
      wantsOf: (sample: RoutedSample) => ({ ...objective.wantsOf!(sample), entropy: true }),
    }),
    evaluate: (unit) => {
      const results = objective.evaluate(unit)
      return unit.map((input, i) => addEntropy(results[i], input, name, coefficient))
    },
  }
}

function addEntropy(
  result: ObjectiveResult,
  input: ObjectiveInput,
  name: string,
  coefficient: number,
): ObjectiveResult {
  const entropy = requireArray(name, input, 'entropy')
  const losses = Float32Array.from(result.losses)
  const entropyGradient = Float32Array.from(
    result.entropyGradient ?? new Float32Array(losses.length),
  )
  let { value } = result
  for (let t = 0; t < losses.length; t++) {
    if (!input.mask[t]) continue
    const share = -coefficient * input.coefficients[t]
    const loss = finite(share * entropy[t], name, input, t)
    losses[t] += loss
    entropyGradient[t] += share
    value += loss
  }
  return { ...result, value, losses, entropyGradient }
}
