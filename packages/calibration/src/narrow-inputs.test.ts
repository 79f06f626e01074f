import type { Sample, WeightRule } from '@icrl/core'
import { expect, expectTypeOf, it } from 'vitest'
import {
  calibrationWeights,
  diagnoseWeights,
  floorMaskWeights,
  geometricMeanWeights,
  sequenceWeights,
  shapedWeights,
} from './index.ts'

/** What a weight rule reads, and nothing more: `tsc` refuses the file if one asks for another field. */
const revision = {
  id: 'revision',
  sampledUnder: Int32Array.of(1, 2),
  trainedUnder: Int32Array.of(1),
  mask: Uint8Array.of(1, 1),
  behaviorLogprobs: Float32Array.of(0, 0),
  oldLogprobs: Float32Array.of(Math.log(0.5), Math.log(0.125)),
}

it.each([
  ['calibrationWeights', calibrationWeights(), [0.5, 0.125]],
  ['sequenceWeights', sequenceWeights(), [0.0625, 0.0625]],
  ['geometricMeanWeights', geometricMeanWeights(), [0.25, 0.25]],
  ['floorMaskWeights', floorMaskWeights({ minimum: 0.2 }), [1, 0]],
  ['shapedWeights', shapedWeights({ gamma: 0.5 }), [0.25, 0.16]],
])('%s needs prompts, mask and log-probabilities', (_, rule, expected) => {
  expectTypeOf(rule).toExtend<WeightRule>()
  const weights = rule(revision)!
  expect(Array.from(weights, (weight) => Number(weight.toFixed(6)))).toEqual(expected)
  expect(diagnoseWeights([{ weights, mask: revision.mask }])?.tokens).toBe(2)
})

it('a rule reads what decides whom it applies to, besides', () => {
  const second = calibrationWeights({
    appliesTo: ({ keys }: Pick<Sample, 'keys' | keyof typeof revision>) => keys.round === 2,
  })
  const keys = { task: 'q', role: 'solver', session: 0, round: 2, branch: 0 }
  expectTypeOf(second).toExtend<WeightRule>()
  expect(second({ ...revision, keys })).toBeDefined()
  expect(second({ ...revision, keys: { ...keys, round: 3 } })).toBeUndefined()
})
