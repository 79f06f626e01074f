import { describe, expect, it } from 'vitest'
import { makeInput } from '../test/make-input.ts'
import { nll } from './nll.ts'
import { withEntropyBonus } from './with-entropy-bonus.ts'

describe('withEntropyBonus', () => {
  it('subtracts β·a·H where trained', () => {
    const input = makeInput([-1, -1, -1], {
      entropy: [2, NaN, 1],
      mask: [1, 0, 1],
      coefficients: [0.5, 0, 0.5],
    })
    const [{ value, losses, entropyGradient, gradient }] = withEntropyBonus(nll(), {
      coefficient: 0.5,
    }).evaluate([input])
    expect(value).toBe(0.5 + 0.5 - 0.5 - 0.25)
    expect(Array.from(losses)).toEqual([0, 0, 0.25])
    expect(Array.from(entropyGradient ?? [])).toEqual([-0.25, 0, -0.25])
    expect(Array.from(gradient)).toEqual([-0.5, 0, -0.5])
  })

  it('twice adds up', () => {
    const twice = withEntropyBonus(withEntropyBonus(nll(), { coefficient: 0.25 }), {
      coefficient: 0.5,
    })
    expect(
      Array.from(twice.evaluate([makeInput([-1], { entropy: [1] })])[0].entropyGradient ?? []),
    ).toEqual([-0.75])
  })

  it('asks for entropies only where the coefficient is not 0', () => {
    const plain = nll()
    expect(withEntropyBonus(plain, { coefficient: 0 })).toBe(plain)
    expect(withEntropyBonus(plain, { coefficient: 1 }).wants?.entropy).toBe(true)
    expect(() =>
      withEntropyBonus(plain, { coefficient: 1 }).evaluate([makeInput([-1])]),
    ).toThrowError(/entropy is missing/)
  })
})
