import { describe, expect, it } from 'vitest'
import { isIcrlError } from './errors.ts'
import { outcomeOf, type Judgment } from './outcome.ts'

describe('outcomeOf', () => {
  it.each([
    [{ reward: 1 }, true],
    [{ reward: 0.7 + 0.2 + 0.1 }, true],
    [{ reward: 0.1 + 0.2 + 0.3 + 0.4 }, true],
    [{ reward: 1 + 2 ** -52 }, true],
    [{ reward: 1 - 2e-9 }, false],
    [{ reward: 0 }, false],
    [{ reward: -1 }, false],
    [{ reward: 3.7, success: true }, true],
    [{ reward: 3.7, success: false }, false],
    [{ reward: 1, success: false }, false],
    [{ reward: -1, success: true }, true],
  ])('%j: success %s', (judgment: Judgment, success) =>
    expect(outcomeOf(judgment, 'verifier')).toEqual({ reward: judgment.reward, success }),
  )

  it.each([
    [{ reward: NaN, success: true }, 'non-finite', /verifier: the reward is NaN/],
    [{ reward: Infinity, success: true }, 'non-finite', /Infinity/],
    [{ reward: -Infinity }, 'non-finite', /-Infinity/],
    [{ reward: '1' }, 'non-finite', /the reward is "1"/],
    [{ reward: true }, 'non-finite', /the reward is true/],
    [{ reward: null }, 'non-finite', /the reward is null/],
    [{}, 'non-finite', /the reward is undefined/],
    [undefined, 'invalid-shape', /the judgment is undefined/],
    [1, 'invalid-shape', /the judgment is 1/],
    [{ reward: 3.7 }, 'invalid-shape', /3\.7, and success is not said.*`success`/s],
    [{ reward: 1 + 2e-9 }, 'invalid-shape', /success is not said/],
    [{ reward: 1, success: 'yes' }, 'invalid-shape', /success is "yes"/],
  ])('refuses %j', (judgment, code, message) => {
    try {
      outcomeOf(judgment as Judgment, 'verifier')
    } catch (error) {
      expect(isIcrlError(error, code as 'non-finite')).toBe(true)
      expect(String((error as Error).message)).toMatch(message)
      return
    }
    throw new Error('was not refused')
  })
})
