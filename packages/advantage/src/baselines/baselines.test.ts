import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Baseline } from './baseline.ts'
import { leaveOneOut } from './leave-one-out.ts'
import { mean } from './mean.ts'
import { meanStd } from './mean-std.ts'
import { noBaseline } from './no-baseline.ts'
import { pseudoSample } from './pseudo-sample.ts'

const rewards = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
  minLength: 1,
  maxLength: 20,
})
const comparing: [string, Baseline][] = [
  ['mean', mean()],
  ['mean and sample deviation', meanStd()],
  ['mean and population deviation', meanStd({ degreesOfFreedom: 0 })],
  ['leave one out', leaveOneOut()],
]

function expectClose(actual: readonly number[], expected: readonly number[], digits = 4): void {
  expect(actual).toHaveLength(expected.length)
  actual.forEach((value, i) => expect(value).toBeCloseTo(expected[i], digits))
}

describe('hand-computed groups', () => {
  it('[1, 0, 0, 0]', () => {
    expectClose(mean()([1, 0, 0, 0]), [0.75, -0.25, -0.25, -0.25])
    expectClose(meanStd()([1, 0, 0, 0]), [1.5, -0.5, -0.5, -0.5])
    expectClose(
      meanStd({ degreesOfFreedom: 0 })([1, 0, 0, 0]),
      [1.732051, -0.57735, -0.57735, -0.57735],
    )
    expectClose(leaveOneOut()([1, 0, 0, 0]), [1, -1 / 3, -1 / 3, -1 / 3])
    expectClose(noBaseline()([1, 0, 0, 0]), [1, 0, 0, 0])
  })

  it('[1, 0]', () => {
    expectClose(meanStd()([1, 0]), [0.7071, -0.7071])
    expectClose(meanStd({ degreesOfFreedom: 0 })([1, 0]), [1, -1])
  })

  it('adds δ to the deviation, not to the variance', () => {
    expectClose(meanStd({ epsilon: 0.5 })([1, 0, 0, 0]), [0.75, -0.25, -0.25, -0.25], 12)
  })

  it('leave one out is G/(G−1) times the mean baseline', () => {
    expectClose(
      leaveOneOut()([0.2, 0.9, 0.4]),
      mean()([0.2, 0.9, 0.4]).map((value) => 1.5 * value),
      12,
    )
  })
})

describe('with a pseudo-sample of reward 1', () => {
  const released = pseudoSample(1, meanStd())

  it('eight failures get (0 − 1/9)/(1/3 + δ) each', () => {
    expectClose(
      released(new Array<number>(8).fill(0)),
      new Array<number>(8).fill(-(1 / 9) / (1 / 3 + 1e-6)),
      12,
    )
  })

  it('an all-failed group has equal negative advantages, an all-successful one zeros', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 20 }), (size) => {
        const failed = released(new Array<number>(size).fill(0))
        expect(failed.every((value) => value < 0 && value === failed[0])).toBe(true)
        expect(released(new Array<number>(size).fill(1))).toEqual(new Array(size).fill(0))
      }),
    )
  })

  it('does not answer for itself', () => {
    expect(released([0, 1, 0])).toHaveLength(3)
    expect(released([])).toEqual([])
  })

  it('refuses a reward that is no number', () => {
    expect(() => pseudoSample(Number.NaN, mean())).toThrowError(
      expect.objectContaining({ code: 'invalid-option' }),
    )
  })
})

describe.each(comparing)('%s', (_, baseline) => {
  it('gives exactly 0 where all rewards are equal, whatever their rounding', () => {
    fc.assert(
      fc.property(
        fc.double({ min: -1, max: 1, noNaN: true }),
        fc.integer({ min: 1, max: 20 }),
        (reward, size) => {
          expect(baseline(new Array<number>(size).fill(reward)).every((value) => value === 0)).toBe(
            true,
          )
        },
      ),
    )
  })

  it('empty group: nothing', () => expect(baseline([])).toEqual([]))

  it('group of one: 0', () => expect(baseline([0.7])).toEqual([0]))

  it('sums to 0', () => {
    fc.assert(
      fc.property(rewards, (group) => {
        expect(baseline(group).reduce((sum, value) => sum + value, 0)).toBeCloseTo(0, 6)
      }),
    )
  })

  it('does not depend on the order of the group, bit for bit', () => {
    fc.assert(
      fc.property(rewards, (group) => {
        const order = group.map((_, i) => i).sort((a, b) => group[b] - group[a] || a - b)
        const moved = baseline(order.map((i) => group[i]))
        const still = baseline(group)
        order.forEach((from, to) => expect(moved[to]).toBe(still[from]))
      }),
    )
  })

  it('a higher reward never has a lower advantage', () => {
    fc.assert(
      fc.property(rewards, (group) => {
        const advantages = baseline(group)
        group.forEach((a, i) =>
          group.forEach((b, j) => expect(a > b && advantages[i] < advantages[j]).toBe(false)),
        )
      }),
    )
  })
})

describe('meanStd', () => {
  it('is unchanged by scaling and shifting rewards once δ is 0', () => {
    const binary = fc.array(fc.integer({ min: 0, max: 10 }), { minLength: 2, maxLength: 12 })
    fc.assert(
      fc.property(
        binary,
        fc.double({ min: 0.01, max: 100, noNaN: true }),
        fc.double({ min: -5, max: 5, noNaN: true }),
        (group, scale, shift) => {
          const plain = meanStd({ epsilon: 0 })(group)
          const moved = meanStd({ epsilon: 0 })(group.map((reward) => scale * reward + shift))
          plain.forEach((value, i) => expect(moved[i]).toBeCloseTo(value, 6))
        },
      ),
    )
  })

  it('gives 0, not infinity, where the spread is too small to square', () => {
    expect(meanStd({ epsilon: 0 })([0, 1e-200])).toEqual([0, 0])
  })

  it('refuses a negative δ', () => {
    expect(() => meanStd({ epsilon: -1 })).toThrowError(
      expect.objectContaining({ code: 'invalid-option' }),
    )
  })
})
