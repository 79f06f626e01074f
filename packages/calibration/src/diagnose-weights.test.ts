import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { diagnoseWeights } from './diagnose-weights.ts'

const ones = (length: number): Uint8Array => new Uint8Array(length).fill(1)

describe('diagnoseWeights', () => {
  it('hand-computed: weights ½ and 3, a masked one beside them', () => {
    const found = diagnoseWeights([
      { weights: Float32Array.of(0.5, 100), mask: Uint8Array.of(1, 0) },
      { mask: ones(4) },
      { weights: Float32Array.of(3), mask: ones(1) },
    ])
    expect(found).toMatchObject({ tokens: 2, mean: 1.75, largest: 3, cappedShare: 0.5 })
    expect(found?.effectiveSampleSize).toBeCloseTo(3.5 ** 2 / 9.25, 12)
    expect(found?.kl).toBeCloseTo((-0.5 + Math.log(2) + 2 - Math.log(3)) / 2, 6)
  })

  it.each([
    ['no samples', []],
    ['no weights', [{ mask: ones(2) }]],
    ['all masked', [{ weights: Float32Array.of(1), mask: new Uint8Array(1) }]],
  ])('%s: nothing to say', (_, samples) => expect(diagnoseWeights(samples)).toBeUndefined())

  it('all 1: every token counts in full', () => {
    expect(diagnoseWeights([{ weights: new Float32Array(5).fill(1), mask: ones(5) }])).toEqual({
      tokens: 5,
      mean: 1,
      largest: 1,
      cappedShare: 0,
      effectiveSampleSize: 5,
      kl: 0,
    })
  })

  it('all 0: finite', () => {
    const found = diagnoseWeights([{ weights: new Float32Array(2), mask: ones(2) }])
    expect(found).toMatchObject({ mean: 0, effectiveSampleSize: 0 })
    expect(Number.isFinite(found?.kl)).toBe(true)
  })

  it('the effective sample size lies in [1, tokens] and the KL is never negative', () => {
    fc.assert(
      fc.property(
        fc.array(fc.float({ min: Math.fround(1e-30), max: Math.fround(1e30), noNaN: true }), {
          minLength: 1,
          maxLength: 20,
        }),
        (weights) => {
          const found = diagnoseWeights([
            { weights: Float32Array.from(weights), mask: ones(weights.length) },
          ])
          expect(found?.effectiveSampleSize).toBeGreaterThan(1 - 1e-6)
          expect(found?.effectiveSampleSize).toBeLessThan(weights.length + 1e-6)
          expect(found?.kl).toBeGreaterThanOrEqual(0)
        },
      ),
    )
  })
})
