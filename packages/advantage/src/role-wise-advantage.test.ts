import { describe, expect, it } from 'vitest'
import { makeGroup, makeSample } from '../test/make-sample.ts'
import { meanStd } from './baselines/mean-std.ts'
import { groupAdvantage } from './group-advantage.ts'
import { groupBy } from './group-by.ts'
import { roleWiseAdvantage } from './role-wise-advantage.ts'

const solver = makeGroup([0, 0, 1, 1, 1])
const critic = makeGroup([1, 0], { role: 'critic' })

function expectClose(
  actual: readonly (number | Float32Array)[],
  expected: readonly number[],
): void {
  expect(actual).toHaveLength(expected.length)
  actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i], 4))
}

describe('roleWiseAdvantage', () => {
  it('normalizes solver and critic apart', () => {
    expectClose(
      roleWiseAdvantage()([...solver, ...critic]),
      [-1.0954, -1.0954, 0.7303, 0.7303, 0.7303, 0.7071, -0.7071],
    )
  })

  it('differs from pooled advantages', () => {
    const pooled = groupAdvantage({ by: groupBy('task'), baseline: meanStd() })
    expectClose(
      pooled([...solver, ...critic]),
      [-1.069, -1.069, 0.8018, 0.8018, 0.8018, 0.8018, -1.069],
    )
  })

  it('lets first attempts and revisions share a group', () => {
    const samples = [makeSample({ reward: 0 }), makeSample({ reward: 1, keys: { round: 2 } })]
    expectClose(roleWiseAdvantage()(samples), [-0.7071, 0.7071])
  })

  it('keeps tasks apart', () => {
    expectClose(
      roleWiseAdvantage()([...makeGroup([0, 1]), ...makeGroup([1, 1], { task: 'other' })]),
      [-0.7071, 0.7071, 0, 0],
    )
  })

  it('no critic samples: no critic term, and the solver as before', () => {
    expect(roleWiseAdvantage()(solver)).toEqual(
      roleWiseAdvantage()([...solver, ...critic]).slice(0, 5),
    )
  })

  it('empty batch: nothing', () => expect(roleWiseAdvantage()([])).toEqual([]))

  it('scaling one role leaves the other and, once δ is 0, itself unchanged', () => {
    const rule = roleWiseAdvantage({ epsilon: 0 })
    const scaled = critic.map((sample) => ({ ...sample, reward: 0.125 * sample.reward }))
    expect(rule([...solver, ...scaled])).toEqual(rule([...solver, ...critic]))
  })

  it('gives the same bits when sessions arrive in another order', () => {
    const samples = [...makeGroup([0.1, 0.7, 0.2, 0.9, 0.3]), ...critic]
    const order = [3, 6, 0, 5, 2, 4, 1]
    const still = roleWiseAdvantage()(samples)
    const moved = roleWiseAdvantage()(order.map((i) => samples[i]))
    order.forEach((from, to) => expect(moved[to]).toBe(still[from]))
  })

  it('names the sample whose reward is no number', () => {
    expect(() => roleWiseAdvantage()([makeSample({ reward: Number.NaN })])).toThrowError(
      expect.objectContaining({
        code: 'non-finite',
        message: expect.stringContaining('sample q/0/solver/1'),
      }),
    )
  })
})
