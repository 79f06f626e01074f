import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { normalizeAnswer } from './normalize-answer.ts'

describe('normalizeAnswer', () => {
  it.each([
    ['The Beatles', 'beatles'],
    ['A  Tale of\tTwo Cities!', 'tale of two cities'],
    ["rock 'n' roll", 'rock n roll'],
    ['U.S.A.', 'usa'],
    ['the', ''],
    ['', ''],
    ['theatre an', 'theatre'],
    ['a-b', 'ab'],
    ['the-a', 'thea'],
    ['_the_', ''],
    ['Éa', 'éa'],
    ['x\u00a0y\u001cz', 'x y z'],
    ['“quoted”', '“quoted”'],
  ])('%j is %j', (text, expected) => {
    expect(normalizeAnswer(text)).toBe(expected)
  })

  it('has no capitals, no ASCII punctuation and no double spaces left', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme-ascii' }), (text) => {
        expect(normalizeAnswer(text)).toMatch(/^(?:[a-z0-9]+(?: [a-z0-9]+)*)?$/)
      }),
    )
  })
})
