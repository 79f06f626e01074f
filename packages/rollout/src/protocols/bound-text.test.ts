import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { boundText } from './bound-text.ts'

describe('boundText', () => {
  it.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdefgh', 4, 'ab [… 4 characters left out …] gh'],
    ['abcdefgh', 5, 'abc [… 3 characters left out …] gh'],
    ['abcdefgh', 1, 'a [… 7 characters left out …] '],
    ['', 1, ''],
  ])('%j within %i', (text, limit, bounded) => expect(boundText(text, limit)).toBe(bounded))

  it('is bounded and well-formed', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: 'grapheme', maxLength: 400 }),
        fc.integer({ min: 1, max: 300 }),
        (text, limit) => {
          const bounded = boundText(text, limit)
          expect(bounded.length).toBeLessThanOrEqual(
            Math.max(text.length <= limit ? text.length : 0, limit + 50),
          )
          expect(() => encodeURIComponent(bounded)).not.toThrow()
        },
      ),
    )
  })
})
