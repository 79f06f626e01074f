import type { ObjectiveInput } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { makeInput } from '../test/make-input.ts'
import { sequenceMeanTokenMean } from './aggregate/sequence-mean-token-mean.ts'
import { pairwise } from './pairwise.ts'

const keysOf = (preferred: number, pair = 0): NonNullable<ObjectiveInput['keys']> => ({
  task: 'q',
  role: 'solver',
  session: 1 - preferred,
  round: 1,
  branch: 0,
  pair,
  preferred,
})
const chosen = makeInput([-1, -1], {
  referenceLogprobs: [-2, -2],
  coefficients: [0.25, 0.25],
  keys: keysOf(1),
})
const rejected = makeInput([-3], { referenceLogprobs: [-3], coefficients: [0.5], keys: keysOf(0) })

describe('pairwise', () => {
  it('hand-computed: margin 2, β 0.5, share 1', () => {
    const results = pairwise({ beta: 0.5 }).evaluate([chosen, rejected])
    const loss = Math.log1p(Math.exp(-1))
    const slope = 0.5 / (1 + Math.exp(1))
    expect(results[0].value + results[1].value).toBeCloseTo(loss, 12)
    expect(results[0].gradient[0]).toBeCloseTo(-slope, 6)
    expect(results[1].gradient[0]).toBeCloseTo(slope, 6)
  })

  it('does not depend on the order of the two', () => {
    const [a, b] = pairwise().evaluate([chosen, rejected])
    const [c, d] = pairwise().evaluate([rejected, chosen])
    expect(a.gradient).toEqual(d.gradient)
    expect(b.gradient).toEqual(c.gradient)
  })

  it('is the mean over pairs with sequenceMeanTokenMean', () => {
    const masks = [2, 1, 3, 1].map((length) => ({
      mask: new Uint8Array(length).fill(1),
      keys: keysOf(1),
    }))
    const coefficients = sequenceMeanTokenMean()(masks)
    const first = pairwise().evaluate([
      { ...chosen, coefficients: coefficients[0] },
      { ...rejected, coefficients: coefficients[1] },
    ])
    const whole = pairwise().evaluate([chosen, rejected])
    expect(first[0].value + first[1].value).toBeCloseTo((whole[0].value + whole[1].value) / 2, 6)
  })

  it('names a unit by task and pair', () => {
    const { unitOf } = pairwise()
    expect(unitOf?.(keysOf(1, 3))).toBe(unitOf?.(keysOf(0, 3)))
    expect(unitOf?.(keysOf(1, 3))).not.toBe(unitOf?.(keysOf(1, 4)))
  })

  it.each([
    ['one sample', [chosen]],
    ['two preferred', [chosen, chosen]],
    ['no keys', [makeInput([-1]), makeInput([-1])]],
    ['nothing', []],
  ])('refuses a unit of %s', (_, unit) =>
    expect(() => pairwise().evaluate(unit)).toThrowError(
      expect.objectContaining({ code: 'invalid-shape' }),
    ),
  )

  it('needs the reference', () => {
    expect(() =>
      pairwise().evaluate([makeInput([-1], { keys: keysOf(1) }), rejected]),
    ).toThrowError(/referenceLogprobs is missing/)
  })

  it('refuses β = 0', () =>
    expect(() => pairwise({ beta: 0 })).toThrowError(
      expect.objectContaining({ code: 'invalid-option' }),
    ))
})
