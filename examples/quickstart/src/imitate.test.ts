import { describe, expect, it } from 'vitest'
import { demonstrationTokens } from './imitate.ts'
import { SPECIAL, vocabularyOf } from './tokenizer-files.ts'

const vocabulary = vocabularyOf(['look', 'shelf', 'take-shelf'], 10)
const [end, look, shelf, take] = [SPECIAL.end, 'look', 'shelf', 'take-shelf'].map((word) =>
  vocabulary.indexOf(word),
)
const renderer = { continue: () => Int32Array.of(1, shelf, 2) }

describe('demonstrations as tokens', () => {
  it('train what was said and mask what was seen', () => {
    const { response, mask } = demonstrationTokens(
      { messages: [], answer: 'look', further: [{ observation: 'shelf', answer: 'take-shelf' }] },
      vocabulary,
      renderer,
    )
    expect(Array.from(response)).toEqual([look, end, 1, shelf, 2, take, end])
    expect(Array.from(mask)).toEqual([1, 1, 0, 0, 0, 1, 1])
  })

  it('are an end alone for an empty answer', () => {
    expect(
      Array.from(demonstrationTokens({ messages: [], answer: '' }, vocabulary, renderer).response),
    ).toEqual([end])
  })

  it('refuse words there are not', () => {
    expect(() =>
      demonstrationTokens({ messages: [], answer: 'dance' }, vocabulary, renderer),
    ).toThrowError(/"dance" is not in the vocabulary/)
  })
})
