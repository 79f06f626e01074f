import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { verifyMath } from '../src/verify-math.ts'
import { ANSWER_KINDS, corpus } from './corpus/corpus.ts'
import { drawOf } from './corpus/draw.ts'
import { CORPUS_PHRASINGS } from './corpus/phrasings.ts'
import { plain } from './corpus/spelling.ts'
import { HOSTILE_RESPONSES } from './hostile-corpus.ts'

const isSame = (response: string, gold: string): boolean => verifyMath(response, gold).correct

/**
 * Kinds of which the conventions let a part be left out, so that one text answers golds that differ
 * in that part: a unit, a currency, a percent sign, a base, a modulus, an option's letter or text.
 */
const PARTIAL = new Set([
  'percentages',
  'numerals in bases',
  'prices',
  'other currencies',
  'quantities',
  'compound units',
  'quantities in two units',
  'counts of things',
  'angles',
  'residues',
  'options with their text',
  'letters of options',
])

describe('one reading per response', () => {
  it('no response is accepted for two gold answers that are not the same', () => {
    const kinds = ANSWER_KINDS.filter(({ name }) => !PARTIAL.has(name))
    const golds = kinds.flatMap((kind) => {
      const answers = [0, 1].map((i) => kind.draw(drawOf(31, kind.name, i)))
      // a near miss as a gold answer of its own
      const near = answers[0].wrong.find(({ form }) => form !== 'words')
      return [...answers.map(({ gold }) => gold), ...(near ? [near.text] : [])]
    })
    const names = new Set(kinds.map(({ name }) => name))
    const responses = corpus(31, 1)
      .filter(({ kind }) => names.has(kind))
      .filter((_, i) => process.env.ICRL_FULL === '1' || i % 4 === 0)
    expect(responses.length).toBeGreaterThan(40)
    const conflicts = responses.flatMap(({ prediction }) => {
      const [first, ...others] = golds.filter((gold) => isSame(prediction, gold))
      return others
        .filter((gold) => !isSame(gold, first) && !isSame(first, gold))
        .map((gold) => ({ prediction, first, gold }))
    })
    expect(conflicts).toEqual([])
  })

  it('of two integers one at most is accepted, whatever the phrasing', () => {
    const number = ANSWER_KINDS[0]
    fc.assert(
      fc.property(
        fc.constantFrom(...CORPUS_PHRASINGS),
        fc.integer({ min: -2000, max: 99_999 }),
        fc.integer({ min: -2000, max: 99_999 }),
        fc.nat(1000),
        (phrasing, said, step, seed) => {
          fc.pre(said !== step)
          const spelling = plain(`${said}`)
          fc.pre(phrasing.fits?.(spelling, number) ?? true)
          const response = phrasing.write(spelling, `${step}`, drawOf(seed, phrasing.name))
          expect(isSame(response, `${said}`), response).toBe(true)
          expect(isSame(response, `${step}`), response).toBe(false)
        },
      ),
      { numRuns: 400, seed: 5 },
    )
  })
})

describe('a verdict depends on its own pair alone', () => {
  const pairs = corpus(17, 1)
  const verdicts = pairs.map(({ prediction, gold }) => verifyMath(prediction, gold))

  it('in any order, and behind hostile responses', () => {
    for (const [, response] of HOSTILE_RESPONSES.slice(0, 20)) verifyMath(response, '17')
    for (const i of drawOf(3, 'order').some([...pairs.keys()], pairs.length))
      expect(verifyMath(pairs[i].prediction, pairs[i].gold)).toEqual(verdicts[i])
  })
})
