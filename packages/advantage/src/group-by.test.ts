import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeSample } from '../test/make-sample.ts'
import { groupBy } from './group-by.ts'

describe('groupBy', () => {
  it('makes ragged groups in order of first appearance', () => {
    const samples = [
      makeSample({ keys: { task: 'b' } }),
      makeSample({ keys: { task: 'a' } }),
      makeSample({ keys: { task: 'b', round: 2 } }),
      makeSample({ keys: { task: 'b', role: 'critic' } }),
    ]
    expect(groupBy('task', 'role')(samples)).toEqual([[0, 2], [1], [3]])
    expect(groupBy('task')(samples)).toEqual([[0, 2, 3], [1]])
    expect(groupBy('task', 'round', 'role')(samples)).toEqual([[0], [1], [2], [3]])
  })

  it('without keys, the whole batch is one group', () => {
    expect(groupBy()([makeSample(), makeSample({ keys: { task: 'other' } })])).toEqual([[0, 1]])
  })

  it('empty batch: no group', () => {
    expect(groupBy('task')([])).toEqual([])
    expect(groupBy()([])).toEqual([])
  })

  it('groups by extra keys, and tells 1 from "1"', () => {
    const samples = [1, '1', 1].map((anchor) => makeSample({ keys: { anchor } }))
    expect(groupBy('task', 'anchor')(samples)).toEqual([[0, 2], [1]])
  })

  it('does not confuse keys that look alike when joined', () => {
    const samples = [
      makeSample({ keys: { task: 'a,b', step: 'c' } }),
      makeSample({ keys: { task: 'a', step: 'b,c' } }),
      makeSample({ keys: { task: '["a"', step: '' } }),
    ]
    expect(groupBy('task', 'step')(samples)).toHaveLength(3)
  })

  it('names the key a sample lacks', () => {
    expect(() => groupBy('task', 'anchor')([makeSample()])).toThrowError(
      expect.objectContaining({
        code: 'invalid-shape',
        message: expect.stringContaining('no key "anchor"'),
      }),
    )
  })

  it('puts every sample in exactly one group', () => {
    const keys = fc.record({
      task: fc.constantFrom('a', 'b', 'c'),
      role: fc.constantFrom('solver', 'critic'),
      session: fc.nat(3),
    })
    fc.assert(
      fc.property(fc.array(keys), (all) => {
        const groups = groupBy('task', 'role')(all.map((each) => makeSample({ keys: each })))
        expect(groups.flat().sort((a, b) => a - b)).toEqual(all.map((_, i) => i))
        for (const group of groups)
          expect(new Set(group.map((i) => `${all[i].task} ${all[i].role}`)).size).toBe(1)
      }),
    )
  })
})
