import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeRevision, unbound } from '../test/make-sample.ts'
import { calibrationWeights } from './calibration-weights.ts'
import { capWeights } from './cap-weights.ts'

const probability = fc.double({ min: 1e-6, max: 1, noNaN: true })

describe('calibrationWeights', () => {
  it.each([
    [0.3, 0.6, 0.5, 0.5],
    [0.6, 0.3, 2, 2],
    [0.9, 0.1, 9, 2],
    [0.05, 0.05, 1, 1],
  ])('p %d, p′ %d: w %d, capped %d', (free, guided, raw, capped) => {
    const weights = calibrationWeights()(makeRevision({ free: [free], guided: [guided] }))
    expect(weights?.[0]).toBeCloseTo(raw, 5)
    expect(capWeights()(weights ?? new Float32Array(0))[0]).toBeCloseTo(capped, 5)
  })

  it('is 1 for every token where the critique changed nothing', () => {
    fc.assert(
      fc.property(fc.array(probability, { maxLength: 8 }), (values) => {
        expect(calibrationWeights()(makeRevision({ free: values, guided: values }))).toEqual(
          new Float32Array(values.length).fill(1),
        )
      }),
    )
  })

  it('times the ratio of the updated policy is the ratio to the guided behavior', () => {
    fc.assert(
      fc.property(probability, probability, probability, (now, free, guided) => {
        const weight =
          calibrationWeights()(makeRevision({ free: [free], guided: [guided] }))?.[0] ?? 0
        expect((weight * (now / free)) / (now / guided)).toBeCloseTo(1, 4)
      }),
    )
  })

  it('leaves first attempts and critiques at 1', () => {
    expect(
      calibrationWeights()(makeRevision({ free: [0.3], guided: [0.6], fields: unbound() })),
    ).toBeUndefined()
  })

  it('as released, weighs every token that was scored again', () => {
    const every = calibrationWeights({ appliesTo: () => true })
    expect(every(makeRevision({ free: [0.3], guided: [0.6], fields: unbound() }))?.[0]).toBeCloseTo(
      0.5,
      6,
    )
    expect(
      every(
        makeRevision({
          free: [0.3],
          guided: [0.6],
          fields: { ...unbound(), oldLogprobs: undefined },
        }),
      ),
    ).toBeUndefined()
  })

  it('does not look at masked positions', () => {
    const sample = makeRevision({
      free: [0.3, 0.3],
      guided: [0.6, 0.6],
      fields: { mask: Uint8Array.of(0, 1), oldLogprobs: Float32Array.of(NaN, Math.log(0.3)) },
    })
    const weights = calibrationWeights()(sample)
    expect(weights?.[0]).toBe(1)
    expect(weights?.[1]).toBeCloseTo(0.5, 6)
  })

  it('empty response: no weights', () =>
    expect(calibrationWeights()(makeRevision({ free: [], guided: [] }))).toEqual(
      new Float32Array(0),
    ))

  it('stays finite where the free prompt is infinitely likelier', () => {
    const weights = calibrationWeights()(
      makeRevision({
        free: [1],
        guided: [1],
        fields: { behaviorLogprobs: Float32Array.of(-1000) },
      }),
    )
    expect(Number.isFinite(weights?.[0])).toBe(true)
  })

  it('says so where a rebound sample was not scored', () => {
    expect(() =>
      calibrationWeights()(
        makeRevision({ free: [1], guided: [1], fields: { oldLogprobs: undefined } }),
      ),
    ).toThrowError(
      expect.objectContaining({
        code: 'invalid-shape',
        message: expect.stringContaining('q/0/solver/2'),
      }),
    )
  })

  it('names a token without a log-probability', () => {
    expect(() =>
      calibrationWeights()(
        makeRevision({ free: [1], guided: [1], fields: { oldLogprobs: Float32Array.of(NaN) } }),
      ),
    ).toThrowError(
      expect.objectContaining({ code: 'non-finite', message: expect.stringContaining('token 0') }),
    )
  })
})
