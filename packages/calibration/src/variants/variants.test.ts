import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeRevision, unbound } from '../../test/make-sample.ts'
import { calibrationWeights } from '../calibration-weights.ts'
import { floorMaskWeights } from './floor-mask-weights.ts'
import { geometricMeanWeights } from './geometric-mean-weights.ts'
import { sequenceWeights } from './sequence-weights.ts'
import { shapedWeights } from './shaped-weights.ts'

// Token weights ½ and 4 around a masked position.
const masked = makeRevision({
  free: [0.3, 1, 0.8],
  guided: [0.6, 1, 0.2],
  fields: { mask: Uint8Array.of(1, 0, 1) },
})
const values = (weights: Float32Array | undefined): number[] =>
  Array.from(weights ?? [], (weight) => Number(weight.toFixed(4)))

describe('hand-computed', () => {
  it('sequence: the product', () => expect(values(sequenceWeights()(masked))).toEqual([2, 1, 2]))

  it('geometric mean: its square root', () =>
    expect(values(geometricMeanWeights()(masked))).toEqual([1.4142, 1, 1.4142]))

  it('floor mask, RLTF: log π ≥ −5 gives 0.1', () => {
    const sample = makeRevision({ free: [Math.exp(-4.9), Math.exp(-5.1)], guided: [1, 1] })
    expect(values(floorMaskWeights({ coefficient: 0.1 })(sample))).toEqual([0.1, 0])
  })

  it.each([
    [1, 0.0826],
    [0.5, 0.1389],
    [0.1, 0.25],
    [0.01, 0.0826],
  ])('shaped: π = %d gives %d', (probability, weight) =>
    expect(values(shapedWeights()(makeRevision({ free: [probability], guided: [1] })))).toEqual([
      weight,
    ]),
  )
})

describe.each([
  ['sequence', sequenceWeights()],
  ['geometric mean', geometricMeanWeights()],
])('%s', (_, rule) => {
  it('of one token is the token weight', () => {
    const probability = fc.double({ min: 0.01, max: 1, noNaN: true })
    fc.assert(
      fc.property(probability, probability, (free, guided) => {
        const sample = makeRevision({ free: [free], guided: [guided] })
        expect(rule(sample)).toEqual(calibrationWeights()(sample))
      }),
    )
  })

  it('is finite at any length', () => {
    const long = makeRevision({
      free: new Array<number>(5000).fill(1),
      guided: new Array<number>(5000).fill(0.1),
    })
    expect(rule(long)?.every(Number.isFinite)).toBe(true)
  })

  it('all masked: 1', () =>
    expect(
      values(rule(makeRevision({ free: [0.5], guided: [1], fields: { mask: new Uint8Array(1) } }))),
    ).toEqual([1]))
})

describe.each([
  ['sequence', sequenceWeights()],
  ['geometric mean', geometricMeanWeights()],
  ['floor mask', floorMaskWeights()],
  ['shaped', shapedWeights()],
])('%s', (_, rule) => {
  it('leaves samples that were not rebound at 1', () =>
    expect(rule(makeRevision({ free: [0.5], guided: [1], fields: unbound() }))).toBeUndefined())

  it('says so where a rebound sample was not scored', () => {
    expect(() =>
      rule(makeRevision({ free: [1], guided: [1], fields: { oldLogprobs: undefined } })),
    ).toThrowError(expect.objectContaining({ code: 'invalid-shape' }))
  })
})

describe('options', () => {
  it.each([
    () => floorMaskWeights({ minimum: 0 }),
    () => floorMaskWeights({ minimum: 2 }),
    () => shapedWeights({ gamma: 0 }),
    () => shapedWeights({ gamma: NaN }),
  ])('%s is refused', (create) => {
    expect(create).toThrowError(expect.objectContaining({ code: 'invalid-option' }))
  })
})
