import { describe, expect, it } from 'vitest'
import { exactMatch } from '../src/qa/exact-match.ts'
import { f1 } from '../src/qa/f1.ts'
import { normalizeAnswer } from '../src/qa/normalize-answer.ts'
import { subSpanMatch } from '../src/qa/sub-span-match.ts'
import { hasSharedData, readLines } from './shared-data.ts'

interface Question {
  readonly golden_answers: readonly string[]
}

const PUNCTUATION = new Set('!"#$%&\'()*+,-./:;<=>?@[\\]^_`{|}~')

/** The reference definition, word by word: lower, drop punctuation, drop articles, join. */
function reference(text: string): string {
  const bare = [...text.toLowerCase()].filter((character) => !PUNCTUATION.has(character)).join('')
  return bare
    .split(/\s+/)
    .map((word) => word.replace(/^(?:a|an|the)$/, ''))
    .filter(Boolean)
    .join(' ')
}

describe.skipIf(!hasSharedData)('QA checks on the gold answers of five sets', () => {
  const files = [
    'bamboogle',
    'musique_dev_qa',
    'hotpotqa_dev_qa',
    '2wiki_dev_qa',
    '2wiki_mini_questions',
  ]
  const golds = hasSharedData
    ? files.flatMap((file) =>
        readLines<Question>(`qa/${file}.jsonl`).map(({ golden_answers }) => golden_answers),
      )
    : []

  it('has them', () => {
    expect(golds.length).toBe(23_063)
  })

  it('normal forms are those of the definition', () => {
    // an article right beside a letter or digit of another script, or a quotation mark, is where a
    // regular expression and words part
    const different = golds
      .flat()
      .filter((gold) => !/[^\u0000-\u007f]/.test(gold) && normalizeAnswer(gold) !== reference(gold))
    expect(different).toEqual([])
  })

  it('each gold matches itself in any case, with an article and a full stop, inside a sentence and inside tags', () => {
    for (const list of golds) {
      const [gold] = list
      if (normalizeAnswer(gold) === '') continue
      expect(
        exactMatch(`<think>…</think><answer>The ${gold.toUpperCase()}.</answer>`, list) ||
          gold.toUpperCase().toLowerCase() !== gold.toLowerCase(),
        gold,
      ).toBe(true)
      expect(subSpanMatch(`I think it is ${gold}, really`, list), gold).toBe(true)
      expect(f1(gold, list), gold).toBe(1)
    }
  })

  it("no gold matches the next question's unless the texts are the same", () => {
    for (const [i, list] of golds.entries()) {
      const [other] = golds[(i + 1) % golds.length]
      expect(exactMatch(other, list)).toBe(
        list.some((gold) => reference(gold) === reference(other)) ||
          list.some((gold) => normalizeAnswer(gold) === normalizeAnswer(other)),
      )
    }
  })
})
