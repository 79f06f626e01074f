import { describe, expect, it } from 'vitest'
import { makeSample } from '../test/make-sample.ts'
import { mean } from './baselines/mean.ts'
import { groupAdvantage } from './group-advantage.ts'
import { groupBy } from './group-by.ts'
import { klInReward } from './kl-in-reward.ts'
import { tokenReturns } from './token-returns.ts'

const scored = makeSample({
  reward: 1,
  length: 3,
  fields: {
    mask: Uint8Array.of(1, 0, 1),
    behaviorLogprobs: Float32Array.of(-1, 0, -2),
    referenceLogprobs: Float32Array.of(-1.5, Number.NaN, -1),
  },
})
const rebound = { trainedUnder: Int32Array.of(2) }

describe('tokenReturns', () => {
  it.each([Number.NaN, Infinity])('refuses the reward %d, naming the sample', (reward) => {
    const refusal = expect.objectContaining({
      code: 'non-finite',
      message: expect.stringContaining(`has the reward ${reward}`),
    })
    expect(() => tokenReturns()([makeSample({ reward })])).toThrowError(refusal)
    expect(() => tokenReturns({ discount: 0.9 })([makeSample({ reward })])).toThrowError(refusal)
  })

  it('is the reward where nothing is charged or discounted', () => {
    expect(tokenReturns()([makeSample({ reward: 0.5 })])).toEqual([0.5])
  })

  it('charges each token its KL and credits the outcome to the last trained one', () => {
    // k1: 0.5, masked, −1. Returns from the end: 1 + 0.1, then 1.1 − 0.05.
    const [returns] = tokenReturns({ klCoefficient: 0.1 })([scored])
    expect(Array.from(returns as Float32Array)).toEqual([Math.fround(1.05), 0, Math.fround(1.1)])
  })

  it('discounts over trained tokens only', () => {
    const [returns] = tokenReturns({ discount: 0.5 })([scored])
    expect(Array.from(returns as Float32Array)).toEqual([0.5, 0, 1])
  })

  const stepped = {
    ...scored,
    tokenRewards: Float32Array.of(0.25, 9, 1),
    rewards: { outcome: 1 },
  }

  it('earns the rewards of single steps where they were earned, and none of masked tokens', () => {
    const [returns] = tokenReturns()([stepped])
    expect(Array.from(returns as Float32Array)).toEqual([1.25, 0, 1])
    const [discounted] = tokenReturns({ discount: 0.5 })([stepped])
    expect(Array.from(discounted as Float32Array)).toEqual([0.75, 0, 1])
    const [charged] = tokenReturns({ klCoefficient: 0.5 })([stepped])
    // k1: 0.5 and −1. 1 + 0.5, then 0.25 + 1.5 − 0.25.
    expect(Array.from(charged as Float32Array)).toEqual([1.5, 0, 1.5])
  })

  it('earns at the end what a reward rule added to the outcome', () => {
    const [returns] = tokenReturns()([{ ...stepped, reward: 0.5 }])
    expect(Array.from(returns as Float32Array)).toEqual([0.75, 0, 0.5])
  })

  it('refuses a reward of a step that is no number, naming sample and token', () => {
    const broken = { ...stepped, tokenRewards: Float32Array.of(Number.NaN, 0, 1) }
    expect(() => tokenReturns()([broken])).toThrowError(
      expect.objectContaining({
        code: 'non-finite',
        message: expect.stringContaining('reward NaN at token 0'),
      }),
    )
  })

  it('reads the old log-probabilities of a rebound sample', () => {
    const [returns] = tokenReturns({ klCoefficient: 1 })([
      { ...scored, ...rebound, oldLogprobs: Float32Array.of(-1.5, 0, -1) },
    ])
    expect(Array.from(returns as Float32Array)).toEqual([1, 0, 1])
  })

  it('names what a sample lacks', () => {
    const rule = tokenReturns({ klCoefficient: 1 })
    expect(() => rule([makeSample()])).toThrowError(/no referenceLogprobs/)
    expect(() => rule([{ ...scored, ...rebound }])).toThrowError(/no oldLogprobs/)
  })
})

describe('klInReward', () => {
  const rule = groupAdvantage({ by: groupBy('task'), baseline: mean() })

  it('lowers the reward by β times the summed k1', () => {
    const other = makeSample({
      reward: 1,
      length: 1,
      keys: { session: 1 },
      fields: { behaviorLogprobs: Float32Array.of(-1), referenceLogprobs: Float32Array.of(-2) },
    })
    // Sums −0.5 and 1, β 0.2: rewards 1.1 and 0.8.
    const [a, b] = klInReward(rule, { coefficient: 0.2 })([scored, other]) as number[]
    expect(a).toBeCloseTo(0.15, 6)
    expect(b).toBeCloseTo(-0.15, 6)
  })

  it('is the rule itself at 0', () => expect(klInReward(rule, { coefficient: 0 })).toBe(rule))

  it('leaves the stored reward alone', () => {
    klInReward(rule, { coefficient: 1 })([scored])
    expect(scored.reward).toBe(1)
  })
})
