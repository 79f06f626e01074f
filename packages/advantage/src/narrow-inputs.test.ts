import {
  outcomeOf,
  type AdvantageRule,
  type RewardRule,
  type Sample,
  type SampleFilter,
} from '@icrl/core'
import { expect, expectTypeOf, it } from 'vitest'
import {
  batchWhitening,
  composeRewards,
  criticReward,
  dropTruncated,
  dropZeroVarianceGroups,
  groupAdvantage,
  groupBy,
  keepGroups,
  keepPromisingGroups,
  keepSamples,
  klInReward,
  leaveOneOut,
  mean,
  penalizeOverlong,
  referenceMean,
  roleWiseAdvantage,
  tokenReturns,
  weightComponents,
} from './index.ts'

/**
 * Every literal here has what the rule reads and nothing more: `tsc` refuses the file if a rule asks
 * for another field.
 */
const keys = (session: number, role = 'solver') => ({
  task: 'q',
  role,
  session,
  round: 1,
  branch: 0,
})

it('group advantages need an id, keys and a reward, and are numbers', () => {
  const rule = groupAdvantage({ by: groupBy('task'), baseline: mean() })
  const advantages = rule([
    { id: 'a', keys: keys(0), reward: 1 },
    { id: 'b', keys: keys(1), reward: 0 },
  ])
  expectTypeOf(advantages).toEqualTypeOf<number[]>()
  expectTypeOf(rule).toExtend<AdvantageRule>()
  expect(advantages).toEqual([0.5, -0.5])
  expect(roleWiseAdvantage()([{ id: 'a', keys: keys(0), reward: 1 }])).toEqual([0])
  const toFirst = referenceMean({
    by: groupBy('task'),
    of: ({ keys: { session } }) => session === 0,
  })
  expect(
    toFirst([
      { id: 'a', keys: keys(0), reward: 1 },
      { id: 'b', keys: keys(1), reward: 0 },
    ]),
  ).toEqual([0, -1])
})

it('a wrapped rule needs what both read', () => {
  const group = groupAdvantage({ by: groupBy('task'), baseline: leaveOneOut() })
  const mask = Uint8Array.of(1)
  expect(
    batchWhitening(group, { epsilon: 0 })([
      { id: 'a', keys: keys(0), reward: 1, mask },
      { id: 'b', keys: keys(1), reward: 0, mask },
    ]),
  ).toEqual([1 / Math.SQRT2, -1 / Math.SQRT2])
  const scored = (behavior: number) => {
    const prompt = Int32Array.of(1)
    return {
      sampledUnder: prompt,
      trainedUnder: prompt,
      mask,
      behaviorLogprobs: Float32Array.of(behavior),
      referenceLogprobs: Float32Array.of(-1),
    }
  }
  const withKl = klInReward(group, { coefficient: 0.5 })
  expectTypeOf(withKl).toExtend<AdvantageRule>()
  expect(
    withKl([
      { id: 'a', keys: keys(0), reward: 1, ...scored(-1) },
      { id: 'b', keys: keys(1), reward: 1, ...scored(0) },
    ]),
  ).toEqual([0.5, -0.5])
  expect(tokenReturns({ klCoefficient: 1 })([{ id: 'a', reward: 1, ...scored(0) }])).toEqual([
    Float32Array.of(0),
  ])
})

it('filters need what they decide by, and give back what they were given', () => {
  const kept = dropTruncated()([
    { finish: 'stop', note: 1 },
    { finish: 'length', note: 2 },
  ])
  expect(kept).toEqual({
    kept: [{ finish: 'stop', note: 1 }],
    truncated: [{ finish: 'length', note: 2 }],
  })
  expectTypeOf(kept.kept[0].note).toEqualTypeOf<number>()
  expectTypeOf(dropTruncated()).toExtend<SampleFilter>()
  const group = [
    { keys: keys(0), reward: 1 },
    { keys: keys(1), reward: 0 },
  ]
  expect(dropZeroVarianceGroups(groupBy('task'))(group).kept).toEqual(group)
  expect(keepPromisingGroups()(group).kept).toEqual(group)
  const pairs = keepGroups(
    groupBy('task'),
    (members: readonly Pick<Sample, 'keys'>[]) => members.length === 2,
  )
  expect(pairs([{ keys: keys(0) }]).kept).toEqual([])
  const good = keepSamples(({ reward }: Pick<Sample, 'reward'>) => reward === 1)
  expect(good([{ reward: 1 }, { reward: 0 }]).kept).toEqual([{ reward: 1 }])
})

it('reward rules need what they read, and keep the rest', () => {
  const overlong = penalizeOverlong({ maxLength: 2, cache: 1 })
  expectTypeOf(overlong).toExtend<RewardRule>()
  const [long] = overlong({
    samples: [{ mask: Uint8Array.of(1, 1), reward: 1, rewards: {}, note: 'kept' }],
  })
  expect(long).toEqual({
    mask: Uint8Array.of(1, 1),
    reward: 0,
    rewards: { overlong: -1 },
    note: 'kept',
  })
  const critique = { keys: keys(0, 'critic'), reward: 0, rewards: {} }
  const outcomes = [0, 1].map((reward) => outcomeOf({ reward }, 'test'))
  expect(criticReward()({ samples: [critique], outcomes })[0].reward).toBe(1)
  const weighted = weightComponents('solver', { outcome: 0.9 })
  expect(
    weighted({ samples: [{ id: 'a', keys: keys(0), reward: 0, rewards: { outcome: 1 } }] })[0]
      .reward,
  ).toBe(0.9)
  const both = composeRewards(criticReward(), overlong)
  expectTypeOf(both).toExtend<RewardRule>()
  const [composed] = both({
    samples: [{ ...critique, mask: Uint8Array.of(1, 1) }],
    outcomes,
  })
  expect(composed.reward).toBe(0)
  const own: RewardRule = ({ samples }) => samples
  expectTypeOf(composeRewards(own, overlong)).toEqualTypeOf<RewardRule>()
})
