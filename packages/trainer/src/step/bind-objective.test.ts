import type { Objective, ObjectiveInput, Sample } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { bindObjective, type BatchEntry } from './bind-objective.ts'

const seen: ObjectiveInput[] = []
const objective: Objective = {
  name: 'spy',
  evaluate: (unit) =>
    unit.map((input) => {
      seen.push(input)
      return { value: 0, losses: new Float32Array(2), gradient: new Float32Array(2) }
    }),
}
const recipe = {
  objective,
  weights: ({ oldLogprobs, behaviorLogprobs }: Sample): Float32Array =>
    oldLogprobs!.map((old, t) => Math.exp(old - behaviorLogprobs[t])),
  capWeights: (weights: Float32Array): Float32Array => weights.map((weight) => Math.min(weight, 2)),
}
const coefficients = Float32Array.of(1, 1)
const entry = (): BatchEntry => ({
  sample: {
    id: 's',
    mask: Uint8Array.of(1, 1),
    behaviorLogprobs: Float32Array.of(-2, -1),
  } as Sample,
  coefficients,
})
const input: ObjectiveInput = {
  logprobs: Float32Array.of(-2.5, 0),
  mask: Uint8Array.of(1, 1),
  coefficients,
  advantages: coefficients,
}

describe('bindObjective', () => {
  it('computes the weights of the pass itself, caps them for the objective and keeps them raw', () => {
    seen.length = 0
    const entries = [entry()]
    bindObjective({ recipe, entries, wantsEntropy: false }).evaluate([input])
    expect(seen[0].weights).toEqual(Float32Array.of(Math.exp(-0.5), 2))
    expect(seen[0]).not.toHaveProperty('oldLogprobs')
    expect(entries[0].seen!.rawWeights).toEqual(Float32Array.of(Math.exp(-0.5), Math.E))
  })

  it('leaves weights alone that were known before', () => {
    seen.length = 0
    const known = {
      ...input,
      oldLogprobs: Float32Array.of(-1, -1),
      weights: Float32Array.of(0.5, 0.5),
    }
    bindObjective({ recipe, entries: [entry()], wantsEntropy: false }).evaluate([known])
    expect(seen[0]).toEqual(known)
  })

  it('refuses an input it does not know', () => {
    expect(() =>
      bindObjective({ recipe, entries: [entry()], wantsEntropy: false }).evaluate([
        { ...input, coefficients: coefficients.slice() },
      ]),
    ).toThrow('was not given')
  })

  it('refuses weights and losses that are not finite, naming the sample', () => {
    const entries = [entry()]
    expect(() =>
      bindObjective({ recipe, entries, wantsEntropy: false }).evaluate([
        { ...input, logprobs: Float32Array.of(0, 1e5) },
      ]),
    ).toThrow('sample "s": the weight of token 1 is Infinity')
    const broken = {
      ...recipe,
      objective: {
        ...objective,
        evaluate: () => [
          { value: 0, losses: new Float32Array(2), gradient: Float32Array.of(0, Number.NaN) },
        ],
      },
    }
    expect(() =>
      bindObjective({ recipe: broken, entries, wantsEntropy: false }).evaluate([input]),
    ).toThrow('sample "s": the loss is 0 and its gradient is not finite')
  })
})
