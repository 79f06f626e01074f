import { randomStream } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { makeSample } from '../test/make-sample.ts'
import { mean } from './baselines/mean.ts'
import { meanStd } from './baselines/mean-std.ts'
import { groupAdvantage } from './group-advantage.ts'
import { groupBy } from './group-by.ts'
import { stepAdvantage } from './step-advantage.ts'

const PROMPT = Int32Array.of(1)
/** Turns as sampled ids, with what was observed between them. */
const trajectory = (
  session: number,
  reward: number,
  parts: readonly { readonly said: readonly number[]; readonly seen?: readonly number[] }[],
  tokenRewards?: readonly number[],
): ReturnType<typeof makeSample> => {
  const response = parts.flatMap(({ said, seen = [] }) => [...said, ...seen])
  const mask = parts.flatMap(({ said, seen = [] }) => [...said.map(() => 1), ...seen.map(() => 0)])
  return makeSample({
    keys: { session },
    reward,
    fields: {
      id: `t${session}`,
      trainedUnder: PROMPT,
      response: Int32Array.from(response),
      mask: Uint8Array.from(mask),
      ...(tokenRewards && { tokenRewards: Float32Array.from(tokenRewards) }),
    },
  })
}

describe('stepAdvantage', () => {
  it('hand-computed: one shared first state, one shared later one', () => {
    const rule = stepAdvantage({ by: groupBy('task'), baseline: mean(), discount: 0.5 })
    const [won, lost] = rule([
      trajectory(0, 1, [{ said: [7], seen: [9] }, { said: [5, 6] }]),
      trajectory(1, 0, [{ said: [8], seen: [9] }, { said: [4] }]),
    ])
    // Trajectories ±.5. First steps return .5 and 0: ±.25. Steps after [9] return 1 and 0: ±.5.
    expect(Array.from(won as Float32Array)).toEqual([0.75, 0, 1, 1])
    expect(Array.from(lost as Float32Array)).toEqual([-0.75, 0, -1])
  })

  it('a state that nobody else met has no step advantage', () => {
    const rule = stepAdvantage({ by: groupBy('task'), baseline: mean(), discount: 0.5 })
    const [won] = rule([
      trajectory(0, 1, [{ said: [7], seen: [9] }, { said: [5] }]),
      trajectory(1, 0, [{ said: [8], seen: [3] }, { said: [4] }]),
    ])
    expect(Array.from(won as Float32Array)).toEqual([0.75, 0, 0.5])
  })

  it('steps earn their own rewards where they have some', () => {
    const rule = stepAdvantage({
      by: groupBy('task'),
      baseline: mean(),
      discount: 1,
      stepWeight: 2,
    })
    const [first] = rule([
      trajectory(0, 1, [{ said: [7], seen: [9] }, { said: [5] }], [0.25, 0, 0.75]),
      trajectory(1, 0, [{ said: [8], seen: [9] }, { said: [4] }], [0, 0, 0]),
    ])
    expect(Array.from(first as Float32Array)).toEqual([0.5 + 1, 0, 0.5 + 0.75])
  })

  it('single answers: the group’s advantage, 1 + ω times; ω = 0 is GRPO, on 200 ragged groups', () => {
    for (let seed = 0; seed < 200; seed++) {
      const draws = randomStream(seed, 'gigpo')
      const group = Array.from({ length: 2 + draws.integer(0, 6) }, (_, i) =>
        trajectory(i, draws.child('reward').uniform(i), [
          { said: Array.from({ length: 1 + draws.child('length').integer(i, 4) }, () => 7) },
        ]),
      )
      const by = { by: groupBy('task'), baseline: meanStd() }
      const plain = groupAdvantage(by)(group)
      for (const stepWeight of [0, 1])
        stepAdvantage({ ...by, stepWeight })(group).forEach((values, i) =>
          (values as Float32Array).forEach((value) =>
            expect(value).toBeCloseTo((1 + stepWeight) * plain[i], 5),
          ),
        )
    }
  })
})
