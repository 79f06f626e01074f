import { describe, expect, it } from 'vitest'
import { makeGroup, makeSample } from '../../test/make-sample.ts'
import { groupBy } from '../group-by.ts'
import { dropZeroVarianceGroups } from './drop-zero-variance-groups.ts'
import { dropTruncated, keepSamples } from './drop-truncated.ts'
import { keepPromisingGroups } from './keep-promising-groups.ts'

describe('dropZeroVarianceGroups', () => {
  it('keeps groups with spread, in order', () => {
    const mixed = makeGroup([0, 1], { task: 'b' })
    const samples = [mixed[0], ...makeGroup([1, 1]), mixed[1], ...makeGroup([0], { task: 'c' })]
    expect(dropZeroVarianceGroups(groupBy('task'))(samples)).toEqual({ kept: mixed })
  })

  it('empty batch: nothing', () =>
    expect(dropZeroVarianceGroups(groupBy('task'))([])).toEqual({ kept: [] }))
})

describe('keepPromisingGroups, as released', () => {
  const filter = keepPromisingGroups()
  const isKept = (rewards: number[], keys: object): boolean =>
    filter(makeGroup(rewards, keys)).kept.length === rewards.length

  it.each([
    ['critics without a success', [0.9, 0.8], { role: 'critic' }, false],
    ['critics with a success and a mean of 0.3', [1, 0.2, 0, 0], { role: 'critic' }, true],
    ['critics with a success and a lower mean', [1, 0, 0, 0], { role: 'critic' }, false],
    ['revisions with too few successes', [1, 0, 0, 0], { round: 2 }, false],
    ['revisions with enough', [1, 0, 0], { round: 2 }, true],
    ['first attempts that all failed', [0, 0, 0], { round: 1 }, true],
  ])('%s', (_, rewards, keys, kept) => expect(isKept(rewards, keys)).toBe(kept))

  it('judges each round and role by itself', () => {
    const good = makeGroup([1, 1], { round: 2 })
    const bad = makeGroup([0, 0], { round: 3 })
    const first = makeGroup([0, 0])
    expect(filter([...first, ...good, ...bad]).kept).toEqual([...first, ...good])
  })
})

describe('dropTruncated', () => {
  it('names what ran into the limit', () => {
    const whole = makeSample()
    const cut = makeSample({ keys: { session: 1 }, fields: { finish: 'length' } })
    expect(dropTruncated()([cut, whole])).toEqual({ kept: [whole], truncated: [cut] })
  })
})

describe('keepSamples', () => {
  it('keeps what is accepted, in order', () => {
    const [a, b, c] = makeGroup([1, 0, 1])
    expect(keepSamples(({ reward }) => reward === 1)([a, b, c])).toEqual({ kept: [a, c] })
  })
})
