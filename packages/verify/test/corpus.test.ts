import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { corpus, type CorpusPair } from './corpus/corpus.ts'
import {
  CORPUS_DRAWS,
  CORPUS_SEED,
  countByClass,
  totalRow,
  verdictsOn,
} from './corpus/corpus-table.ts'

/** All of the corpus in the full tests, a part of it otherwise. */
const isFull = process.env.ICRL_FULL === '1'
const pairs = corpus(CORPUS_SEED, isFull ? CORPUS_DRAWS : 5)
const verdicts = verdictsOn(pairs)

function judgedWrongly(correct: boolean): CorpusPair[] {
  return pairs.filter((pair, i) => pair.correct === correct && verdicts[i] !== correct)
}

describe('the generated corpus', () => {
  it('is the same for the same seed, and another for another', () => {
    const [first, again, other] = [corpus(7, 1), corpus(7, 1), corpus(8, 1)]
    expect(first).toEqual(again)
    expect(first).not.toEqual(other)
  })

  it('says every kind right and wrong', () => {
    for (const counts of countByClass(pairs, verdicts, ({ kind }) => kind)) {
      expect(counts.right, counts.name).toBeGreaterThan(0)
      expect(counts.wrong, counts.name).toBeGreaterThan(0)
    }
    if (isFull) expect(pairs.length).toBeGreaterThanOrEqual(20_000)
  })

  it('wrong answers: 0.1% are accepted at most', () => {
    const accepted = judgedWrongly(false)
    const wrong = pairs.filter(({ correct }) => !correct).length
    expect(accepted.length / wrong, JSON.stringify(accepted, null, 1)).toBeLessThanOrEqual(0.001)
  })

  it('right answers: 1% are refused at most', () => {
    const refused = judgedWrongly(true)
    const right = pairs.filter(({ correct }) => correct).length
    expect(refused.length / right, JSON.stringify(refused, null, 1)).toBeLessThanOrEqual(0.01)
  })

  it.runIf(isFull)('docs/corpus.md says what the code does', () => {
    const page = readFileSync(new URL('../docs/corpus.md', import.meta.url), 'utf8')
    const cells = /^\| all pairs \|(.*)$/m
      .exec(page)?.[1]
      .split('|')
      .map((cell) => cell.trim())
    expect(cells && [cells[0], cells[1], cells[3], cells[4]].join(' ')).toBe(
      totalRow(pairs, verdicts),
    )
  })

  it.runIf(isFull)('no kind and no phrasing above 0.5% and 3%', () => {
    const classes = [
      ...countByClass(pairs, verdicts, ({ kind }) => kind),
      ...countByClass(pairs, verdicts, ({ phrasing }) => phrasing),
    ]
    const above = classes.filter(
      ({ right, refused, wrong, accepted }) => refused > 0.03 * right || accepted > 0.005 * wrong,
    )
    expect(above).toEqual([])
  })
})
