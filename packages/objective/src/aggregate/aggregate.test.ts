import type { Aggregation, AggregationItem } from '@icrl/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { constantNormalizer } from './constant-normalizer.ts'
import { sequenceMeanTokenMean } from './sequence-mean-token-mean.ts'
import { sequenceMeanTokenSum } from './sequence-mean-token-sum.ts'
import { tokenMean } from './token-mean.ts'

const item = (...mask: number[]): AggregationItem => ({
  mask: Uint8Array.from(mask),
  keys: { task: 'q', role: 'solver', session: 0, round: 1, branch: 0 },
})
const items = [item(1, 0, 1), item(1, 1), item(0)]
const all: [string, Aggregation, number[][]][] = [
  ['tokenMean', tokenMean(), [[0.25, 0, 0.25], [0.25, 0.25], [0]]],
  ['sequenceMeanTokenMean', sequenceMeanTokenMean(), [[0.25, 0, 0.25], [0.25, 0.25], [0]]],
  ['sequenceMeanTokenSum', sequenceMeanTokenSum(), [[0.5, 0, 0.5], [0.5, 0.5], [0]]],
  [
    'constantNormalizer',
    constantNormalizer({ length: 8 }),
    [[0.0625, 0, 0.0625], [0.0625, 0.0625], [0]],
  ],
]

describe.each(all)('%s', (_, aggregation, expected) => {
  it('hand-computed, a sample without trained tokens counting for nothing', () => {
    expect(aggregation(items).map((values) => Array.from(values))).toEqual(expected)
  })

  it('empty batch: nothing', () => expect(aggregation([])).toEqual([]))

  it('all masked: zeros, not NaN', () =>
    expect(aggregation([item(0, 0)])).toEqual([new Float32Array(2)]))

  it('does not depend on where a sample stands', () => {
    const masks = fc.array(fc.array(fc.constantFrom(0, 1), { minLength: 1, maxLength: 6 }), {
      minLength: 1,
      maxLength: 8,
    })
    fc.assert(
      fc.property(masks, (lists) => {
        const forwards = aggregation(lists.map((mask) => item(...mask)))
        expect(aggregation([...lists].reverse().map((mask) => item(...mask))).reverse()).toEqual(
          forwards,
        )
      }),
    )
  })
})

describe('denominators', () => {
  it('token mean and sequence mean sum to 1', () => {
    const ragged = [item(1, 1, 1, 1, 1), item(1), item(1, 0, 1)]
    for (const aggregation of [tokenMean(), sequenceMeanTokenMean()]) {
      expect(
        aggregation(ragged)
          .flatMap((values) => Array.from(values))
          .reduce((sum, value) => sum + value, 0),
      ).toBeCloseTo(1, 6)
    }
  })

  it('token mean favors long samples, sequence mean does not', () => {
    const ragged = [item(1, 1, 1), item(1)]
    expect(tokenMean()(ragged)[1][0]).toBe(0.25)
    expect(sequenceMeanTokenMean()(ragged)[1][0]).toBe(0.5)
  })

  it('refuses a normalizer of 0', () =>
    expect(() => constantNormalizer({ length: 0 })).toThrowError(
      expect.objectContaining({ code: 'invalid-option' }),
    ))
})
