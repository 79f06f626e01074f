import { describe, expect, it } from 'vitest'
import { parsePreference, parseScores, parseVerdict } from './parse-judgment.ts'
import { majority, sumScores } from './votes.ts'

describe('parseVerdict', () => {
  it.each([
    ['right', 'right'],
    ['Verdict: INCORRECT.', 'wrong'],
    ['It is not correct', 'wrong'],
    ['This is not wrong.', 'right'],
    ['<think>wrong?</think> correct', 'right'],
    ['righteous', undefined],
    ['', undefined],
    ['<think>right', undefined],
  ])('%j: %j', (text, verdict) => expect(parseVerdict(text)).toBe(verdict))
})

describe('parsePreference', () => {
  it.each([
    ['[[A]]', 'first'],
    ['first … no, [[b]]', 'second'],
    ['\\boxed{2}', 'second'],
    ['second', 'second'],
    ['neither', undefined],
    ['<think>[[A]]</think>', undefined],
  ])('%j: %j', (text, preferred) => expect(parsePreference(text)).toBe(preferred))
})

describe('parseScores', () => {
  it.each([
    ['[7, 3]', 2, [7, 3]],
    ['first [1,2], then \\boxed{4, 5.5}', 2, [4, 5.5]],
    ['[7]', 2, undefined],
    ['[7, ]', 2, undefined],
    ['[1.2.3, 4]', 2, undefined],
    ['', 1, undefined],
  ])('%j, %i: %j', (text, count, scores) => expect(parseScores(text, count)).toEqual(scores))
})

describe('votes', () => {
  it('majority: the first of several, nothing of nothing', () => {
    expect(majority(['b', 'a', 'a', 'b'])).toBe('b')
    expect(majority([])).toBeUndefined()
  })

  it('permuting responses permutes sums; keeping all is plain voting', () => {
    const scores = [
      [7, 3, 1],
      [2, 6, 5],
    ]
    expect(sumScores(scores)).toEqual([9, 9, 6])
    expect(sumScores(scores.map((one) => [...one].reverse()))).toEqual([6, 9, 9])
    expect(sumScores(scores, { keep: 2, trust: [0, 1] })).toEqual(sumScores(scores))
    expect(sumScores(scores, { keep: 1, trust: [0, 1] })).toEqual([2, 6, 5])
    expect(sumScores([])).toEqual([])
  })
})
