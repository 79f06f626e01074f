import { describe, expect, it } from 'vitest'
import { makeInput } from '../test/make-input.ts'
import { nll } from './nll.ts'
import { reinforce } from './reinforce.ts'
import { shapedLikelihood } from './shaped-likelihood.ts'
import { tokenObjective } from './token-objective.ts'

describe('reinforce', () => {
  it('is −a·w·A·logπ', () => {
    const [{ value, gradient }] = reinforce().evaluate([
      makeInput([-2, -4], { advantages: [3, -1], weights: [0.5, 1], coefficients: [0.25, 0.5] }),
    ])
    expect(value).toBe(0.75 - 2)
    expect(Array.from(gradient)).toEqual([-0.375, 0.5])
  })
})

describe('nll', () => {
  it('is −a·w·logπ whatever the advantages', () => {
    const [{ value, gradient }] = nll().evaluate([
      makeInput([-2, -4], { advantages: [NaN, 7], coefficients: [0.5, 0.5] }),
    ])
    expect(value).toBe(3)
    expect(Array.from(gradient)).toEqual([-0.5, -0.5])
  })
})

describe('shapedLikelihood, γ = 0.1', () => {
  it.each([
    [1, 0.909, 0.0826],
    [0.5, 0.833, 0.1389],
    [0.1, 0.5, 0.25],
    [0.01, 0.0909, 0.0826],
  ])('π = %d: value %d, slope %d', (probability, shaped, slope) => {
    const [{ value, gradient }] = shapedLikelihood().evaluate([makeInput([Math.log(probability)])])
    expect(-value).toBeCloseTo(shaped, 3)
    expect(-gradient[0]).toBeCloseTo(slope, 4)
  })

  it.each([0, -1, NaN, Infinity])('refuses γ = %d', (gamma) =>
    expect(() => shapedLikelihood({ gamma })).toThrowError(
      expect.objectContaining({ code: 'invalid-option' }),
    ),
  )
})

describe('tokenObjective', () => {
  it('goes on where only the measured KL overflows', () => {
    const flat = tokenObjective('flat', () => ({ loss: 0, gradient: 0 }))
    const [{ diagnostics, gradient }] = flat.evaluate([
      makeInput([-1, -1], { oldLogprobs: [-101, -1 - Math.log(2)] }),
    ])
    expect(diagnostics!.kl).toBe(3.4028234663852886e38) // exp(100) − 101 saturates
    expect([...gradient]).toEqual([0, 0])
  })

  it('gives old = current where no old log-probabilities are given', () => {
    const seen: number[] = []
    tokenObjective('spy', ({ oldLogprob }) => {
      seen.push(oldLogprob)
      return { loss: 0, gradient: 0 }
    }).evaluate([makeInput([-1, -2])])
    expect(seen).toEqual([-1, -2])
  })

  it('never looks at masked positions', () => {
    const seen: number[] = []
    tokenObjective('spy', ({ logprob }) => {
      seen.push(logprob)
      return { loss: 0, gradient: 0 }
    }).evaluate([makeInput([-1, NaN, -3], { mask: [1, 0, 1] })])
    expect(seen).toEqual([-1, -3])
  })
})
