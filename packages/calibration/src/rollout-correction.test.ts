import { isIcrlError } from '@icrl/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { rolloutCorrection, type RolloutCorrectionOptions } from './rollout-correction.ts'

/** Ratios 4, 0.6, 1 and 10, the last one masked. */
const tokens = {
  current: Float32Array.of(Math.log(0.4), Math.log(0.12), -1, Math.log(0.5)),
  behavior: Float32Array.of(Math.log(0.1), Math.log(0.2), -1, Math.log(0.05)),
  mask: Uint8Array.of(1, 1, 1, 0),
}
const weigh = (options: RolloutCorrectionOptions): number[] =>
  Array.from(rolloutCorrection(options).weigh(tokens), (value) => Number(value.toPrecision(6)))

describe('rolloutCorrection', () => {
  it.each<[RolloutCorrectionOptions, number[]]>([
    [{}, [2, 0.6, 1, 1]],
    [{ high: 3, low: 0.8 }, [3, 0.8, 1, 1]],
    [{ keep: 'mask' }, [4, 0.6, 1, 1]],
    [{ keep: 'mask', low: 0.7, high: 3 }, [0, 0, 1, 1]],
    [{ keep: 'mask', low: 0.7, weigh: false }, [1, 0, 1, 1]],
    [{ by: 'sequence' }, [2, 2, 2, 1]],
    [{ by: 'sequence', high: 1.5 }, [1.5, 1.5, 1.5, 1]],
    [{ by: 'geometric-mean' }, [1.33887, 1.33887, 1.33887, 1]],
    [{ by: 'geometric-mean', keep: 'mask', low: 0.99, high: 1.01 }, [0, 0, 0, 1]],
    [{ high: Infinity }, [4, 0.6, 1, 1]],
  ])('%j of the ratios 4, 0.6, 1: %j', (options, expected) => {
    expect(weigh(options)).toEqual(expected)
  })

  it('is 1 where nothing moved, within the bounds always, and finite at any distance', () => {
    const logprob = fc.float({ min: -1000, max: 0, noNaN: true })
    fc.assert(
      fc.property(
        fc.array(fc.tuple(logprob, logprob), { minLength: 1, maxLength: 8 }),
        fc.constantFrom<RolloutCorrectionOptions['by']>('token', 'sequence', 'geometric-mean'),
        (pairs, by) => {
          const mask = new Uint8Array(pairs.length).fill(1)
          const [current, behavior] = [0, 1].map((side) =>
            Float32Array.from(pairs, (pair) => pair[side]),
          )
          const { weigh: correct } = rolloutCorrection({ by, low: 0.1, high: 3 })
          for (const value of correct({ current, behavior, mask }))
            expect(value >= Math.fround(0.1) && value <= 3).toBe(true)
          expect([...correct({ current, behavior: current, mask })]).toEqual(pairs.map(() => 1))
        },
      ),
    )
  })

  it('an empty response has no weights', () => {
    const none = new Float32Array(0)
    const empty = { current: none, behavior: none, mask: new Uint8Array(0) }
    for (const by of ['token', 'geometric-mean'] as const)
      expect(rolloutCorrection({ by }).weigh(empty)).toEqual(none)
  })

  it('stores its options resolved, as JSON', () => {
    expect(rolloutCorrection({ keep: 'mask' }).options).toEqual({
      by: 'token',
      keep: 'mask',
      low: 0.5,
      high: 5,
      weigh: true,
    })
    const { options } = rolloutCorrection({ high: Infinity })
    expect(JSON.parse(JSON.stringify(options))).toEqual(options)
  })

  it.each([
    [{ by: 'tokens' }, /by is "tokens"\. Use one of: token, sequence, geometric-mean/],
    [{ keep: 'drop' }, /keep is "drop"/],
    [{ low: 3, high: 2 }, /low is 3 and high is 2/],
    [{ high: 0 }, /high is 0/],
    [{ low: Number.NaN }, /low is NaN/],
  ])('refuses %j', (options, message) => {
    const error = (() => {
      try {
        return rolloutCorrection(options as RolloutCorrectionOptions)
      } catch (thrown) {
        return thrown
      }
    })()
    expect(isIcrlError(error, 'invalid-option')).toBe(true)
    expect(String(error)).toMatch(message)
  })
})
