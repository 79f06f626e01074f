import { compareSamples, randomStream, type Sample } from '@icrl/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { planOptimizerBatches } from './plan-optimizer-batches.ts'

const sample = (session: number, more: Partial<Sample> = {}): Sample => {
  const prompt = Int32Array.of(1, 2)
  const response = Int32Array.of(3, 4, 5)
  return {
    id: `s${session}`,
    parents: [],
    keys: { task: 'q', role: 'solver', session, round: 1, branch: 0 },
    sampledUnder: prompt,
    trainedUnder: prompt,
    response,
    mask: Uint8Array.of(1, 1, 1),
    behaviorLogprobs: new Float32Array(3),
    rewards: {},
    reward: 0,
    policy: 'model',
    version: '0',
    temperature: 1,
    finish: 'stop',
    valid: true,
    ...more,
  }
}
const samples = (count: number): Sample[] => Array.from({ length: count }, (_, i) => sample(i))
const pairs = (keys: Sample['keys']): string => `pair${Math.floor(keys.session / 2)}`
const plan = { unitOf: undefined, minibatches: 1, epochs: 1, stream: randomStream(0, 'plan') }

describe('planOptimizerBatches', () => {
  it('one minibatch is the whole batch, in key order', () => {
    expect(planOptimizerBatches(samples(5).reverse(), plan)).toEqual([samples(5)])
  })

  it('deals every sample once a pass, evenly, in key order, units whole', () => {
    fc.assert(
      fc.property(
        fc.nat(20),
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 3 }),
        (count, minibatches, epochs) => {
          const batches = planOptimizerBatches(samples(2 * count), {
            ...plan,
            unitOf: pairs,
            minibatches,
            epochs,
          })
          const ids = batches
            .flat()
            .map(({ id }) => id)
            .sort()
          expect(ids).toEqual(
            Array.from({ length: epochs }, () => samples(2 * count))
              .flat()
              .map(({ id }) => id)
              .sort(),
          )
          const sizes = batches.map(({ length }) => length)
          if (sizes.length > 0)
            expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(2)
          for (const batch of batches) {
            expect(batch).toEqual([...batch].sort(compareSamples))
            const units = batch.map(({ keys }) => pairs(keys))
            for (const unit of units)
              expect(units.filter((other) => other === unit)).toHaveLength(2)
          }
        },
      ),
    )
  })

  it('shuffles by its stream alone', () => {
    const split = (seed: number): string[] =>
      planOptimizerBatches(samples(8), {
        ...plan,
        minibatches: 2,
        stream: randomStream(seed),
      })[0].map(({ id }) => id)
    expect(split(1)).toEqual(split(1))
    expect(split(1)).not.toEqual(split(2))
  })

  it('nothing to train: no batch', () => {
    expect(planOptimizerBatches([], { ...plan, minibatches: 3 })).toEqual([])
    expect(planOptimizerBatches([sample(0, { mask: new Uint8Array(3) })], plan)).toEqual([])
  })

  it('fewer units than minibatches: no empty batch', () => {
    expect(planOptimizerBatches(samples(1), { ...plan, minibatches: 3 })).toEqual([samples(1)])
  })
})
