import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { makeGroup, makeSample } from '../test/make-sample.ts'
import { noBaseline } from './baselines/no-baseline.ts'
import { batchWhitening } from './batch-whitening.ts'
import { groupAdvantage } from './group-advantage.ts'
import { groupBy } from './group-by.ts'

const raw = groupAdvantage({ by: groupBy(), baseline: noBaseline() })

describe('batchWhitening', () => {
  it('counts every trained token', () => {
    const long = makeSample({ reward: 1, length: 3 })
    const short = makeSample({ reward: 0, length: 1, keys: { session: 1 } })
    // Values 1, 1, 1, 0: mean 0.75, sample variance 0.25.
    expect(batchWhitening(raw, { epsilon: 0 })([long, short])).toEqual([0.5, -1.5])
  })

  it('refuses an advantage of NaN, naming sample and token, but not where it is masked', () => {
    const spoiled = (mask: number): ReturnType<typeof makeSample> =>
      makeSample({ length: 2, fields: { mask: Uint8Array.of(1, mask) } })
    const rule = batchWhitening(() => [Float32Array.of(1, Number.NaN), 0])
    const other = makeSample({ reward: 0, keys: { session: 1 } })
    expect(() => rule([spoiled(1), other])).toThrowError(
      expect.objectContaining({
        code: 'non-finite',
        message: expect.stringContaining('token 1 has the advantage NaN'),
      }),
    )
    const [whitened] = rule([spoiled(0), other]) as Float32Array[]
    expect([...whitened].every(Number.isFinite)).toBe(true)
  })

  it('does not count masked tokens', () => {
    const masked = makeSample({ reward: 1, length: 3, fields: { mask: Uint8Array.of(1, 0, 0) } })
    const [a, b] = batchWhitening(raw, { epsilon: 0 })([
      masked,
      makeSample({ reward: 0, length: 1, keys: { session: 1 } }),
    ]) as number[]
    expect(a).toBeCloseTo(Math.SQRT1_2, 12)
    expect(b).toBeCloseTo(-Math.SQRT1_2, 12)
  })

  it('whitens per-token advantages and leaves 0 where masked', () => {
    const sample = makeSample({ length: 3, fields: { mask: Uint8Array.of(1, 0, 1) } })
    const [whitened] = batchWhitening(() => [Float32Array.of(3, Number.NaN, 1)], { epsilon: 0 })([
      sample,
    ])
    expect(Array.from(whitened as Float32Array)).toEqual([
      Math.fround(Math.SQRT1_2),
      0,
      Math.fround(-Math.SQRT1_2),
    ])
  })

  it.each([
    ['empty batch', []],
    ['one token', [makeSample({ reward: 1, length: 1 })]],
    ['all rewards equal', makeGroup([0.1, 0.1, 0.1])],
    ['all masked', [makeSample({ reward: 1, fields: { mask: new Uint8Array(2) } })]],
  ])('%s: zeros', (_, samples) => {
    expect(batchWhitening(raw)(samples)).toEqual(samples.map(() => 0))
  })

  it('has mean 0 and variance 1 over tokens', () => {
    const group = fc.array(
      fc.tuple(fc.integer({ min: 0, max: 20 }), fc.integer({ min: 1, max: 5 })),
      { minLength: 2, maxLength: 10 },
    )
    fc.assert(
      fc.property(group, (sketches) => {
        const samples = sketches.map(([reward, length], session) =>
          makeSample({ reward, length, keys: { session } }),
        )
        const tokens = batchWhitening(raw)(samples).flatMap((value, i) =>
          new Array<number>(samples[i].response.length).fill(value as number),
        )
        const mean = tokens.reduce((sum, value) => sum + value, 0) / tokens.length
        const variance =
          tokens.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (tokens.length - 1)
        const flat = sketches.every(([reward]) => reward === sketches[0][0])
        expect(mean).toBeCloseTo(0, 8)
        expect(variance).toBeCloseTo(flat ? 0 : 1, 5)
      }),
    )
  })
})
