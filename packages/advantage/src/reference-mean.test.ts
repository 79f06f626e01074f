import { describe, expect, it } from 'vitest'
import { makeGroup } from '../test/make-sample.ts'
import { groupBy } from './group-by.ts'
import { referenceMean } from './reference-mean.ts'

const firstTurn = referenceMean({ by: groupBy('task', 'role'), of: ({ keys }) => keys.round === 1 })

describe('referenceMean', () => {
  it('compares revisions with first attempts', () => {
    expect(firstTurn([...makeGroup([1, 0, 0, 0]), ...makeGroup([1, 1], { round: 2 })])).toEqual([
      0.75, -0.25, -0.25, -0.25, 0.75, 0.75,
    ])
  })

  it('nothing to compare with: 0', () =>
    expect(firstTurn(makeGroup([1, 0], { round: 2 }))).toEqual([0, 0]))

  it.each([
    ['a reference', 1],
    ['what is compared with it', 2],
  ])('refuses a reward of NaN in %s', (_, round) =>
    expect(() =>
      firstTurn([...makeGroup([1, 0]), ...makeGroup([Number.NaN], { round })]),
    ).toThrowError(expect.objectContaining({ code: 'non-finite' })),
  )

  it('empty batch: nothing', () => expect(firstTurn([])).toEqual([]))
})
