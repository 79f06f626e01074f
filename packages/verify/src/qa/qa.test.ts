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
    ['the', 'the', 0],
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
