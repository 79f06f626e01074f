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

  it('ω ≠ 0: the formula over anchor states, on 200 ragged groups', () => {
    for (let seed = 0; seed < 200; seed++) {
      const draws = randomStream(seed, 'anchors')
      const [discount, stepWeight] = [draws.uniform(0), 0.1 + 2 * draws.uniform(1)]
      const earnsBySteps = draws.uniform(2) < 0.5
      const group = Array.from({ length: 2 + draws.integer(3, 5) }, (_, i) =>
        walk(draws.child('walk', i), earnsBySteps),
      )
      const returns = group.map(({ steps }) =>
        steps.map((_, k) =>
          steps.slice(k).reduce((sum, { reward }, j) => sum + discount ** j * reward, 0),
        ),
      )
      const rewards = group.map(({ steps }) => steps.reduce((sum, { reward }) => sum + reward, 0))
      const found = stepAdvantage({
        by: groupBy('task'),
        baseline: meanStd(),
        discount,
        stepWeight,
      })(group.map(({ steps }, i) => walked(i, rewards[i], steps, earnsBySteps)))
      group.forEach(({ steps }, i) => {
        const expected = steps.flatMap(({ state, said, seen }, k) => {
          const anchored = group.flatMap((other, j) =>
            returns[j].filter((_, l) => other.steps[l].state === state),
          )
          const episode = standardized(rewards[i], rewards)
          const value = episode + stepWeight * standardized(returns[i][k], anchored)
          return [...new Array<number>(said).fill(value), ...seen.map(() => 0)]
        })
        const own = Array.from(found[i] as Float32Array)
        expect(own).toHaveLength(expected.length)
        own.forEach((value, t) => expect(value, `group ${seed}`).toBeCloseTo(expected[t], 4))
      })
    }
  })
})

/** A step taken in a state: what was said in tokens, what was seen after it, what it earned. */
interface Step {
  readonly state: number
  readonly said: number
  readonly seen: readonly number[]
  readonly reward: number
}

/** One to four steps through three states, of which the first is the prompt's. */
function walk(draws: ReturnType<typeof randomStream>, earnsBySteps: boolean): { steps: Step[] } {
  const length = 1 + draws.integer(0, 4)
  const states = Array.from({ length }, (_, k) =>
    k === 0 ? 0 : 1 + draws.child('state').integer(k, 2),
  )
  return {
    steps: states.map((state, k) => ({
      state,
      said: 1 + draws.child('said').integer(k, 3),
      // A state is seen as one id or as two, so that states differ in length, too.
      seen: k + 1 < length ? new Array<number>(states[k + 1]).fill(9) : [],
      reward: earnsBySteps || k + 1 === length ? draws.child('reward').integer(k, 3) / 2 : 0,
    })),
  }
}

function walked(
  session: number,
  reward: number,
  steps: readonly Step[],
  earnsBySteps: boolean,
): ReturnType<typeof makeSample> {
  const parts = steps.map(({ said, seen }) => ({ said: new Array<number>(said).fill(7), seen }))
  const tokenRewards = steps.flatMap(({ said, seen, reward: earned }) => [
    ...new Array<number>(said - 1).fill(0),
    earned,
    ...seen.map(() => 0),
  ])
  return trajectory(session, reward, parts, earnsBySteps ? tokenRewards : undefined)
}

function standardized(value: number, group: readonly number[]): number {
  if (group.length === 1) return 0
  const center = group.reduce((sum, one) => sum + one, 0) / group.length
  const squares = group.reduce((sum, one) => sum + (one - center) ** 2, 0)
  return (value - center) / (Math.sqrt(squares / (group.length - 1)) + 1e-6)
}
