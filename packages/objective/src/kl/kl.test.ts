import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeInput } from '../../test/make-input.ts'
import { reinforce } from '../reinforce.ts'
import { clampKl, k1, k2, k3 } from './kl-estimators.ts'
import { withKl } from './with-kl.ts'

const logprob = fc.double({ min: -6, max: 0, noNaN: true })
const policy = [0.5, 0.3, 0.2]
const reference = [0.2, 0.3, 0.5]
const exact = policy.reduce((sum, p, i) => sum + p * Math.log(p / reference[i]), 0)
const expected = (of: (p: number, q: number) => number): number =>
  policy.reduce((sum, p, i) => sum + p * of(Math.log(p), Math.log(reference[i])), 0)

describe.each([
  ['k1', k1],
  ['k2', k2],
  ['k3', k3],
])('%s', (_, estimator) => {
  it('is 0 where the policies agree', () => expect(estimator(-1, -1).value).toBeCloseTo(0, 15))

  it('has an exact gradient', () => {
    fc.assert(
      fc.property(logprob, logprob, (current, other) => {
        const numeric =
          (estimator(current + 1e-5, other).value - estimator(current - 1e-5, other).value) / 2e-5
        expect(Math.abs(estimator(current, other).gradient - numeric)).toBeLessThan(
          1e-5 * Math.max(1, Math.abs(numeric)),
        )
      }),
    )
  })
})

describe('clampKl', () => {
  const held = clampKl(k3, { most: 10 })

  it('is the estimator within its bound, and the bound without gradient beyond', () => {
    expect(held(-2, -1)).toEqual(k3(-2, -1))
    expect(k3(-25, -1).gradient).toBeLessThan(-1e10)
    expect(held(-25, -1)).toEqual({ value: 10, gradient: 0 })
    expect(clampKl(k1, { most: 2 })(-9, -1)).toEqual({ value: -2, gradient: 0 })
  })

  it('refuses a bound that holds nothing', () => {
    for (const most of [0, -1, NaN])
      expect(() => clampKl(k3, { most })).toThrow(
        expect.objectContaining({ code: 'invalid-option' }),
      )
  })
})

describe('estimators', () => {
  it('k1 and k3 are unbiased', () => {
    expect(expected((p, q) => k1(p, q).value)).toBeCloseTo(exact, 12)
    expect(expected((p, q) => k3(p, q).value)).toBeCloseTo(exact, 12)
  })

  it('k2 and k3 are never negative', () => {
    fc.assert(fc.property(logprob, logprob, (p, q) => k2(p, q).value >= 0 && k3(p, q).value >= 0))
  })

  it('in a loss, k2 has the exact gradient of the KL in expectation and k1 none', () => {
    // ∂/∂z_0 of a softmax: ∂log p_i/∂z_0 = 1[i = 0] − p_0.
    const direction = policy.map((_, i) => (i === 0 ? 1 : 0) - policy[0])
    const slope = (of: typeof k1): number =>
      policy.reduce(
        (sum, p, i) => sum + p * of(Math.log(p), Math.log(reference[i])).gradient * direction[i],
        0,
      )
    const truth = policy.reduce(
      (sum, p, i) => sum + p * direction[i] * Math.log(p / reference[i]),
      0,
    )
    expect(slope(k2)).toBeCloseTo(truth, 12)
    expect(slope(k1)).toBeCloseTo(0, 12)
  })
})

describe('withKl', () => {
  const input = makeInput([-1, -2], {
    referenceLogprobs: [-1.5, -1],
    coefficients: [0.5, 0.5],
    weights: [3, 3],
  })

  it('adds β·a·kl, unweighted', () => {
    const [plain] = reinforce().evaluate([input])
    const [penalized] = withKl(reinforce(), { coefficient: 0.1, estimator: k2 }).evaluate([input])
    expect(penalized.value - plain.value).toBeCloseTo(0.1 * 0.5 * (0.125 + 0.5), 12)
    expect(penalized.gradient[0] - plain.gradient[0]).toBeCloseTo(0.1 * 0.5 * 0.5, 6)
    expect(penalized.diagnostics?.reference_kl).toBeCloseTo(0.625, 12)
  })

  it('may have another coefficient for each round', () => {
    const objective = withKl(reinforce(), {
      coefficient: ({ keys }) => (keys?.round === 1 ? 0.1 : 0),
      estimator: k1,
    })
    const at = (round: number): number =>
      objective.evaluate([
        makeInput([-1], {
          referenceLogprobs: [-2],
          keys: { task: 'q', role: 'solver', session: 0, round, branch: 0 },
        }),
      ])[0].value
    expect(at(1) - at(2)).toBeCloseTo(0.1, 12)
  })

  it('asks for the reference only where the coefficient is not 0', () => {
    const plain = reinforce()
    expect(withKl(plain, { coefficient: 0 })).toBe(plain)
    expect(withKl(plain, { coefficient: 0.1 }).wants?.reference).toBe(true)
    expect(() => withKl(plain, { coefficient: 0.1 }).evaluate([makeInput([-1])])).toThrowError(
      expect.objectContaining({ code: 'invalid-shape' }),
    )
  })
})
