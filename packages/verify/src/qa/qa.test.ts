import { isIcrlError } from '@icrl/core'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { exactMatch } from './exact-match.ts'
import { extractShortAnswer } from './extract-short-answer.ts'
import { f1, overlapWords } from './f1.ts'
import { subSpanMatch } from './sub-span-match.ts'

describe('extractShortAnswer', () => {
  it.each([
    ['Paris', 'Paris'],
    ['<answer> Paris </answer>', 'Paris'],
    ['<answer>Rome</answer> no, <answer>Paris</answer>', 'Paris'],
    ['<think>It is <answer>Rome</answer>?</think>Paris', 'Paris'],
    ['<think>a</think> b </think> c', 'c'],
    ['<answer>Paris', '<answer>Paris'],
    ['Paris</answer>', 'Paris</answer>'],
    ['<answer></answer>', undefined],
    ['<think>Paris</think>', undefined],
    ['', undefined],
    [' \n', undefined],
  ])('of %j is %j', (response, expected) => {
    expect(extractShortAnswer(response)).toBe(expected)
  })
})

describe('exactMatch', () => {
  it('compares normal forms with any gold', () => {
    expect(exactMatch('the Eiffel tower!', 'Eiffel Tower')).toBe(true)
    expect(exactMatch('<answer>Fab Four</answer>', ['The Beatles', 'the fab four'])).toBe(true)
    expect(exactMatch('It is the Eiffel tower', 'Eiffel Tower')).toBe(false)
    expect(exactMatch('', 'the')).toBe(false)
  })

  it.each([
    ['?!', 'A', false],
    ['the', 'A', false],
    ['an', 'A', false],
    ['+', '-', false],
    ['...', 'The', false],
    ['', 'A', false],
    ['A', '', false],
    ['+', '', false],
    ['A', 'A', true],
    ['<answer>a</answer>', 'A', true],
    ['(A).', 'A', true],
    ['B', 'b)', true],
    ['The', 'the', true],
    ['+', ' + ', true],
    ['> =', '>  =', true],
    ['the the', 'the', false],
  ])('%j against %j, where normal forms are empty or a letter, is %s', (answer, gold, expected) => {
    expect(exactMatch(answer, gold)).toBe(expected)
  })

  it('takes no answer for two golds, unless they are written alike', () => {
    const odd = fc.constantFrom('a', 'an', 'the', '+', '-', '?!', '...', 'the a', 'A!', 'b', 'B.')
    fc.assert(
      fc.property(odd, odd, odd, (answer, one, other) => {
        if (exactMatch(answer, one) && exactMatch(answer, other))
          expect(exactMatch(one, other)).toBe(true)
        expect(exactMatch(one, one)).toBe(true)
        expect(exactMatch(one, other)).toBe(exactMatch(other, one))
      }),
    )
  })
})

describe('subSpanMatch', () => {
  it('finds a gold inside, as letters', () => {
    expect(subSpanMatch('It is the Eiffel tower.', 'Eiffel Tower')).toBe(true)
    expect(subSpanMatch('Russia', 'US')).toBe(true)
    expect(subSpanMatch('tower', 'Eiffel Tower')).toBe(false)
  })

  it('gives no credit for a gold that normalizes to nothing', () => {
    expect(subSpanMatch('anything', 'The')).toBe(false)
    expect(subSpanMatch('the', 'The')).toBe(true)
    expect(subSpanMatch('other', 'The')).toBe(false)
    expect(subSpanMatch('banana', 'A')).toBe(false)
    expect(subSpanMatch('?!', '+')).toBe(false)
    expect(subSpanMatch('(A)', 'A')).toBe(true)
    expect(subSpanMatch('x', '')).toBe(false)
  })

  it('finds a gold of one letter or digit as a word', () => {
    expect(subSpanMatch('Because of C', 'B')).toBe(false)
    expect(subSpanMatch('It is B.', 'B')).toBe(true)
    expect(subSpanMatch('It is 12', '2')).toBe(false)
    expect(subSpanMatch('答案是京', '京')).toBe(true)
  })
})

describe('f1', () => {
  it.each([
    ['hello world', 'hello world', 1],
    ['hello world', 'hello', 2 / 3],
    ['hello world', 'goodbye', 0],
    ['<think>Analysis</think>hello world', 'hello', 2 / 3],
    ['b b b c', 'b b d', 4 / 7],
    ['yes it is', 'yes', 0],
    ['yes', 'yes', 1],
    ['no', 'no way', 0],
    ['', 'x', 0],
    ['the', 'the', 1],
    ['A', 'A', 1],
    ['(a)', 'A', 1],
    ['the', 'A', 0],
    ['?!', 'A', 0],
    ['+', '-', 0],
    ['A', 'a cat', 0],
    ['a cat', 'A', 0],
    ['B', 'b.', 1],
  ])('of %j against %j is %d', (prediction, gold, expected) => {
    expect(f1(prediction, gold)).toBeCloseTo(expected, 12)
  })

  it('takes the best gold', () => {
    expect(f1('hello world', ['foo', 'world', 'hello there world'])).toBeCloseTo(0.8, 12)
  })

  it('lies in [0, 1], is symmetric, and is 1 for the same words', () => {
    const words = fc
      .array(fc.constantFrom('red', 'green', 'blue'), { minLength: 1, maxLength: 6 })
      .map((list) => list.join(' '))
    fc.assert(
      fc.property(words, words, (one, other) => {
        const score = f1(one, other)
        expect(score).toBeGreaterThanOrEqual(0)
        expect(score).toBeLessThanOrEqual(1)
        expect(score).toBeCloseTo(f1(other, one), 12)
        expect(f1(one, one)).toBe(1)
      }),
    )
  })

  it('reports precision and recall', () => {
    expect(overlapWords('hello big world', 'hello world')).toEqual({
      precision: 2 / 3,
      recall: 1,
      f1: 0.8,
    })
  })
})

it.each([
  ['exactMatch', exactMatch],
  ['subSpanMatch', subSpanMatch],
  ['f1', f1],
])('%s refuses an empty list of golds', (name, check) => {
  try {
    check('x', [])
    expect.unreachable()
  } catch (error) {
    expect(isIcrlError(error, 'invalid-option')).toBe(true)
    expect((error as Error).message).toContain(name)
  }
})
