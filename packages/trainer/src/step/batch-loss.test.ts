import type { LossSlopes, Objective, ObjectiveInput, Sample, TokenScores } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { batchLoss, type BatchEntry } from './batch-loss.ts'

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
const entry = (id = 's', more: Partial<Sample> = {}): BatchEntry => ({
  sample: {
    id,
    keys: { task: id[0], role: 'solver', session: 0, round: 1, branch: 0 },
    mask: Uint8Array.of(1, 1),
    behaviorLogprobs: Float32Array.of(-2, -1),
    advantages: coefficients,
    sampledUnder: coefficients as never,
    trainedUnder: coefficients as never,
    ...more,
  } as Sample,
  coefficients,
})
const scores = (...logprobs: number[]): TokenScores => ({ logprobs: Float32Array.from(logprobs) })
const ask = (slopes: LossSlopes, ...indices: number[]) =>
  slopes(
    indices,
    indices.map(() => scores(-1, -1)),
  )

describe('batchLoss', () => {
  it('computes the weights of the pass itself, caps them for the objective and keeps them raw', () => {
    seen.length = 0
    const loss = batchLoss(recipe, [entry()])
    loss.slopes([0], [scores(-2.5, 0)])
    expect(seen[0].weights).toEqual(Float32Array.of(Math.exp(-0.5), 2))
    expect(seen[0].oldLogprobs).toBeUndefined()
    expect(loss.evaluated()[0].rawWeights).toEqual(Float32Array.of(Math.exp(-0.5), Math.E))
  })

  it('leaves weights alone that were known before', () => {
    seen.length = 0
    const known = entry('s', { oldLogprobs: Float32Array.of(-1, -1) })
    const weights = Float32Array.of(0.5, 0.5)
    batchLoss(recipe, [{ ...known, weights }]).slopes([0], [scores(-2.5, 0)])
    expect(seen[0].weights).toBe(weights)
    expect(seen[0].oldLogprobs).toBe(known.sample.oldLogprobs)
  })

  it('takes scores in any order, and keeps each with its entry', () => {
    const loss = batchLoss(recipe, [entry('a'), entry('b'), entry('c')])
    loss.slopes([2, 0], [scores(-3, -3), scores(-1, -1)])
    loss.slopes([1], [scores(-2, -2)])
    expect(loss.evaluated().map(({ logprobs }) => logprobs[0])).toEqual([-1, -2, -3])
  })

  it('evaluates units whole, several in one call, in the order of the batch', () => {
    const units: string[][] = []
    const spy: Objective = {
      name: 'pairs',
      unitOf: ({ task }) => task,
      evaluate: (unit) => {
        units.push(unit.map(({ keys }) => keys!.task))
        return objective.evaluate(unit)
      },
    }
    const { slopes } = batchLoss(
      { objective: spy },
      ['a1', 'b1', 'a2', 'b2'].map((id) => entry(id)),
    )
    expect(ask(slopes, 3, 2, 1, 0)).toHaveLength(4)
    expect(units).toEqual([
      ['b', 'b'],
      ['a', 'a'],
    ])
  })

  it.each<[string, (slopes: LossSlopes) => unknown, RegExp]>([
    ['half a unit', (slopes) => ask(slopes, 0), /cut the unit of sample "a2" in two/],
    ['an item that there is not', (slopes) => ask(slopes, 0, 1, 7), /slopes of item 7 of 2/],
    [
      'a sample twice',
      (slopes) => [ask(slopes, 0, 1), ask(slopes, 0, 1)],
      /asked twice for the slopes of sample "a1"/,
    ],
  ])('refuses a policy that asks for %s', (_, body, message) => {
    const pairs: Objective = { ...objective, unitOf: ({ task }) => task }
    const { slopes } = batchLoss({ objective: pairs }, [entry('a1'), entry('a2')])
    expect(() => body(slopes)).toThrow(message)
  })

  it('names a sample that the policy left out', () => {
    const loss = batchLoss({ objective }, [entry('a'), entry('b')])
    ask(loss.slopes, 0)
    expect(() => loss.evaluated()).toThrow('the policy left out sample "b"')
  })

  it('refuses weights and losses that are not finite, naming the sample', () => {
    expect(() => batchLoss(recipe, [entry()]).slopes([0], [scores(0, 1e5)])).toThrow(
      'sample "s": the weight of token 1 is Infinity',
    )
    const broken = {
      ...recipe,
      objective: {
        ...objective,
        evaluate: () => [
          { value: 0, losses: new Float32Array(2), gradient: Float32Array.of(0, Number.NaN) },
        ],
      },
    }
    expect(() => ask(batchLoss(broken, [entry()]).slopes, 0)).toThrow(
      'sample "s": the loss is 0 and its gradient is not finite',
    )
  })
})
