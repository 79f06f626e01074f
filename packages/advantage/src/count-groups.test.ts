import { describe, expect, it } from 'vitest'
import { makeGroup } from '../test/make-sample.ts'
import { countGroups } from './count-groups.ts'
import { groupBy } from './group-by.ts'
import { hasZeroVariance } from './has-zero-variance.ts'

describe('countGroups', () => {
  it('counts zero-variance groups and groups of one', () => {
    const samples = [
      ...makeGroup([0, 0, 0]),
      ...makeGroup([1, 0], { task: 'b' }),
      ...makeGroup([1], { task: 'c' }),
    ]
    expect(countGroups(samples, groupBy('task', 'role'))).toEqual({
      groups: 3,
      zeroVariance: 2,
      single: 1,
    })
  })

  it('no samples: no groups', () =>
    expect(countGroups([], groupBy('task'))).toEqual({ groups: 0, zeroVariance: 0, single: 0 }))
})

describe('hasZeroVariance', () => {
  it.each([
    [[], true],
    [[0.5], true],
    [[0, 0], true],
    [[0, 1], false],
  ])('%j: %s', (rewards, zeroVariance) => expect(hasZeroVariance(rewards)).toBe(zeroVariance))
})
