import { describe, expect, it } from 'vitest'
import { makeInput } from '../test/make-input.ts'
import { cispo } from './cispo.ts'

const slopeAt = (ratio: number, advantage: number, options = {}): number =>
  cispo(options).evaluate([
    makeInput([0], { oldLogprobs: [-Math.log(ratio)], advantages: [advantage] }),
  ])[0].gradient[0]

describe('cispo', () => {
  it.each([
    ['inside', 1.1, 1, -1.1],
    ['above: the weight stays at the bound, the gradient stays', 3, 1, -1.2],
    ['above, A < 0', 3, -1, 1.2],
    ['far below: no lower clip by default', 0.1, -1, 0.1],
  ])('%s', (_, ratio, advantage, slope) => expect(slopeAt(ratio, advantage)).toBeCloseTo(slope, 6))

  it('clips from below where asked', () =>
    expect(slopeAt(0.1, 1, { clipLow: 0.5 })).toBeCloseTo(-0.5, 6))

  it('its value is continuous at the bounds', () => {
    const valueAt = (logRatio: number): number =>
      cispo({ clipLow: 0.2 }).evaluate([makeInput([0], { oldLogprobs: [-logRatio] })])[0].value
    for (const bound of [Math.log(0.8), Math.log(1.2)])
      expect(valueAt(bound - 1e-9)).toBeCloseTo(valueAt(bound + 1e-9), 7)
  })

  it('counts clipped tokens', () => {
    expect(
      cispo().evaluate([makeInput([0, 0], { oldLogprobs: [-1, 0] })])[0].diagnostics?.clipped,
    ).toBe(1)
  })

  it.each([{ clipLow: 1.5 }, { clipHigh: -1 }])('refuses %j', (options) =>
    expect(() => cispo(options)).toThrowError(expect.objectContaining({ code: 'invalid-option' })),
  )
})
