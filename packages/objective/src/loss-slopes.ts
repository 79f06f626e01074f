import type { LossSlopes, Objective, ObjectiveInput, ObjectiveResult } from '@icrl/core'

/** What an objective reads of a sample besides what a pass computes. */
export type GivenInput = Omit<ObjectiveInput, 'logprobs' | 'entropy'>

/**
 * An objective over given samples as the slopes that `Policy.accumulate` asks for: evaluates it unit
 * by unit on the scores of a pass. Items of an objective of the whole batch must be given one `unit`.
 *
 * @param inputs one per item given to `accumulate`, in its order; an objective of units of several
 * samples reads their `keys`
 * @param onResult called with each sample's place and what the objective found for it
 * @throws from the slopes: what the objective throws
 * @example
 * import { lossSlopes, nll } from '@icrl/objective'
 * import type { Policy } from '@icrl/core'
 * declare const policy: Policy
 * const response = Int32Array.of(7, 2)
 * const ones = Float32Array.of(1, 1)
 * const input = { mask: Uint8Array.of(1, 1), coefficients: ones, advantages: ones }
 * await policy.accumulate(
 *   [{ prompt: Int32Array.of(1), response, temperature: 1 }],
 *   lossSlopes(nll(), [input]),
 * )
 */
export function lossSlopes(
  objective: Objective,
  inputs: readonly GivenInput[],
  onResult?: (index: number, result: ObjectiveResult) => void,
): LossSlopes {
  const unitOf = (index: number): string | number => {
    const { keys } = inputs[index]
    if (objective.wholeBatch) return 'batch'
    return objective.unitOf && keys ? objective.unitOf(keys) : index
  }
  return (indices, scores) => {
    const units = new Map<string | number, number[]>()
    indices.forEach((index, place) => {
      const unit = unitOf(index)
      units.set(unit, [...(units.get(unit) ?? []), place])
    })
    const found = new Array<ObjectiveResult>(indices.length)
    for (const places of units.values()) {
      const unit = places.map((place) => ({ ...inputs[indices[place]], ...scores[place] }))
      objective.evaluate(unit).forEach((result, i) => {
        found[places[i]] = result
        onResult?.(indices[places[i]], result)
      })
    }
    return found.map(({ gradient, entropyGradient }) => ({
      logprobs: gradient,
      ...(entropyGradient && { entropy: entropyGradient }),
    }))
  }
}
