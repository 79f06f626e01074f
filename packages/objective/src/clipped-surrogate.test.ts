import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeInput } from '../test/make-input.ts'
import { clippedSurrogate } from './clipped-surrogate.ts'
import { reinforce } from './reinforce.ts'

/** One token at a ratio, with log-probability 0 now. */
const at = (
  ratio: number,
  advantage: number,
  options = {},
): { value: number; gradient: number; clipped?: number } => {
  const [{ value, gradient, diagnostics }] = clippedSurrogate(options).evaluate([
    makeInput([0], { oldLogprobs: [-Math.log(ratio)], advantages: [advantage] }),
  ])
  return { value, gradient: gradient[0], clipped: diagnostics?.clipped }
}

describe('clippedSurrogate', () => {
  it.each([
    ['inside, A > 0', 1.1, 2, -2.2, -2.2, 0],
    ['inside, A < 0', 0.9, -2, 1.8, 1.8, 0],
    ['above the range, A > 0: held', 1.5, 2, -2.4, 0, 1],
    ['above the range, A < 0: not held', 1.5, -2, 3, 3, 0],
    ['below the range, A > 0: not held', 0.5, 2, -1, -1, 0],
    ['below the range, A < 0: held', 0.5, -2, 1.6, 0, 1],
  ])('%s', (_, ratio, advantage, value, gradient, clipped) => {
    const token = at(ratio, advantage)
    expect(token.value).toBeCloseTo(value, 6)
    expect(token.gradient).toBeCloseTo(gradient, 6)
    expect(token.clipped).toBe(clipped)
  })

  it('has separate clip distances', () => {
    expect(at(1.25, 1, { clipHigh: 0.28 }).clipped).toBe(0)
    expect(at(1.25, 1).clipped).toBe(1)
    expect(at(0.75, -1, { clipLow: 0.3 }).clipped).toBe(0)
  })

  it('dual clip bounds the loss of bad tokens that became likelier', () => {
    expect(at(5, -1, { dualClip: 3 })).toEqual({ value: 3, gradient: 0, clipped: 1 })
    expect(at(5, 1, { dualClip: 3, clipHigh: Infinity }).gradient).toBeCloseTo(-5, 5)
  })

  it('multiplies by weight and coefficient', () => {
    const [{ losses, gradient }] = clippedSurrogate().evaluate([
      makeInput([-1, -2], { weights: [0.5, 2], coefficients: [0.25, 0.75], advantages: [2, -1] }),
    ])
    expect(Array.from(losses)).toEqual([-0.25, 1.5])
    expect(Array.from(gradient)).toEqual([-0.25, 1.5])
  })

  it('with w = π_old/π_behavior uncapped, w·ρ is the ratio to the true behavior policy', () => {
    const logprob = fc.double({ min: -5, max: 0, noNaN: true })
    fc.assert(
      fc.property(logprob, logprob, logprob, (current, old, behavior) => {
        const [{ gradient }] = clippedSurrogate({ clipLow: 1, clipHigh: Infinity }).evaluate([
          makeInput([current], { oldLogprobs: [old], weights: [Math.exp(old - behavior)] }),
        ])
        expect(gradient[0] / -Math.exp(current - behavior)).toBeCloseTo(1, 5)
      }),
    )
  })

  it('at ratio 1 its gradient is the plain policy gradient, bit for bit', () => {
    const input = makeInput([-0.3, -2, -1], {
      advantages: [0.7, -1.2, 0.1],
      weights: [1, 0.3, 2],
      coefficients: [0.1, 0.2, 0.3],
    })
    expect(clippedSurrogate().evaluate([input])[0].gradient).toEqual(
      reinforce().evaluate([input])[0].gradient,
    )
  })

  it('measures how far the policy moved', () => {
    // ρ − 1 − log ρ at ρ = 2.
    const [{ diagnostics }] = clippedSurrogate().evaluate([
      makeInput([0], { oldLogprobs: [-Math.LN2] }),
    ])
    expect(diagnostics?.kl).toBeCloseTo(1 - Math.LN2, 12)
  })

  it('all masked: nothing, whatever stands there', () => {
    const [result] = clippedSurrogate().evaluate([
      makeInput([NaN, -Infinity], {
        mask: [0, 0],
        advantages: [NaN, Infinity],
        coefficients: [1, 1],
      }),
    ])
    expect(result).toMatchObject({
      value: 0,
      losses: new Float32Array(2),
      gradient: new Float32Array(2),
      diagnostics: { clipped: 0, kl: 0 },
    })
  })

  it.each([{ clipLow: -0.1 }, { clipHigh: Number.NaN }, { dualClip: 1 }])(
    'refuses %j',
    (options) => {
      expect(() => clippedSurrogate(options)).toThrowError(
        expect.objectContaining({ code: 'invalid-option' }),
      )
    },
  )

  it('names the token whose number is not finite', () => {
    const keys = { task: 'q7', role: 'solver', session: 3, round: 2, branch: 0 }
    expect(() => clippedSurrogate().evaluate([makeInput([-1, NaN], { keys })])).toThrowError(
      expect.objectContaining({
        code: 'non-finite',
        message: expect.stringContaining('task "q7", solver, session 3, round 2, token 1'),
      }),
    )
    expect(() =>
      clippedSurrogate().evaluate([makeInput([-1], { oldLogprobs: [-Infinity] })]),
    ).toThrowError(expect.objectContaining({ code: 'non-finite' }))
  })

  it('names the array that has another length', () => {
    expect(() =>
      clippedSurrogate().evaluate([makeInput([-1, -1], { advantages: [1] })]),
    ).toThrowError(
      expect.objectContaining({
        code: 'invalid-shape',
        message: expect.stringContaining('advantages has 1 values for 2 tokens'),
      }),
    )
  })
})
