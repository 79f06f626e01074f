import { randomStream } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { verifyMath } from '../src/verify-math.ts'
import { crudeForms } from './crude-value.ts'
import { rewriteGold } from './rewrite-gold.ts'
import { BENCHMARKS, goldAnswers, hasSharedData } from './shared-data.ts'

/** Other problems' answers that each gold answer is tried against with `npm run test:full`. */
const MOST = 50
/** The first of them, otherwise. */
const OTHERS = process.env.ICRL_FULL ? MOST : 20

describe.skipIf(!hasSharedData).each(BENCHMARKS)('the gold answers of %s', (benchmark) => {
  const golds = hasSharedData ? goldAnswers(benchmark) : []

  it('verify against themselves', () => {
    expect(golds.filter((gold) => !verifyMath(gold, gold).correct)).toEqual([])
  })

  it('verify against three equivalent rewritings', () => {
    const refused = golds.flatMap((gold) =>
      rewriteGold(gold)
        .filter((text) => !verifyMath(text, gold).correct)
        .map((text) => [gold, text]),
    )
    expect(golds.every((gold) => rewriteGold(gold).length === 3)).toBe(true)
    expect(refused).toEqual([])
  })

  it(`do not verify against ${OTHERS} others unless truly equal`, () => {
    const stream = randomStream(20, 'golds', benchmark)
    const wrong: string[][] = []
    for (const [i, gold] of golds.entries()) {
      for (let k = 0; k < OTHERS; k++) {
        const other = golds[stream.integer(i * MOST + k, golds.length)]
        if (other === gold || !verifyMath(other, gold).correct) continue
        const forms = crudeForms(gold)
        if (![...crudeForms(other)].some((form) => forms.has(form))) wrong.push([gold, other])
      }
    }
    expect(wrong).toEqual([])
  }, 120_000)
})
