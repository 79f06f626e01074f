import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { verifyMath } from '../src/verify-math.ts'
import { expression, soup } from './fuzz.ts'

const boxed = (answer: string): string => `Therefore \\boxed{${answer}}.`

describe('verifyMath on anything', () => {
  it('gives a verdict and the same one again, and accepts an answer as itself', () => {
    fc.assert(
      fc.property(soup, soup, (prediction, gold) => {
        const verdict = verifyMath(prediction, gold)
        expect(verifyMath(prediction, gold)).toEqual(verdict)
        expect(verdict.correct).toBe(
          verdict.reason !== 'different' &&
            verdict.reason !== 'no-answer' &&
            verdict.reason !== 'cannot-decide',
        )
        const self = verifyMath(gold, gold)
        expect(
          self.correct ||
            self.extracted.prediction === undefined ||
            self.extracted.prediction !== self.extracted.gold,
        ).toBe(true)
        // lenient accepts what strict accepts
        if (verdict.correct)
          expect(verifyMath(prediction, gold, { mode: 'lenient' }).correct).toBe(true)
      }),
      { numRuns: 1500 },
    )
  })
})

describe('verifyMath on well-formed expressions', () => {
  it('accepts sums and products in the other order, doubled halves, and what was added and taken away', () => {
    fc.assert(
      fc.property(expression, expression, (a, b) => {
        for (const [prediction, gold] of [
          [`${a}+${b}`, `${b}+${a}`],
          [`(${a}) \\cdot (${b})`, `(${b}) (${a})`],
          [`\\frac{2(${a})}{2}`, a],
          [`${a}+3-3`, a],
          [`-(-(${a}))`, a],
        ]) {
          const verdict = verifyMath(boxed(prediction), gold)
          expect(
            verdict.correct || verdict.reason === 'cannot-decide',
            `${prediction} for ${gold}: ${verdict.reason}`,
          ).toBe(true)
        }
      }),
      { numRuns: 150 },
    )
  })

  it('rejects what is one more, and agrees with itself when the sides change places', () => {
    fc.assert(
      fc.property(expression, expression, (a, b) => {
        expect(verifyMath(boxed(`${a}+1`), a).correct, a).toBe(false)
        expect(verifyMath(boxed(a), b).correct).toBe(verifyMath(boxed(b), a).correct)
      }),
      { numRuns: 150 },
    )
  })
})
