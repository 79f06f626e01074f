import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { detectLeak } from './detect-leak.ts'

describe('detectLeak', () => {
  it.each([
    ['1200', 'The total should be 1200.', true],
    ['1200', 'The total should be $1,200$.', true],
    ['1,200', 'It is \\boxed{1200.0}', true],
    ['1200', 'It is 12000, not 11200.', false],
    ['7', 'Check x7 and 7.5 and v7b.', false],
    ['-3', 'The root is −3.', true],
    ['3', 'Count to 3', true],
    ['0.5', 'Half of it: .50', true],
    ['\\frac{1}{2}', 'The answer is \\dfrac{1}{2}', true],
    ['1/2', 'so \\frac{1}{2} remains', true],
    ['Paris', 'It is paris!', true],
    ['Paris', 'Comparison of cities', false],
    ['New  York', 'in new york, of course', true],
    ['x^2+1', 'Use x^2+1', true],
    ['', 'anything', false],
    ['5', '', false],
  ])('%j in %j: %s', (answer, critique, leaked) =>
    expect(detectLeak({ critique, answer })).toBe(leaked),
  )

  it('is no leak where the question says it too', () => {
    expect(
      detectLeak({ critique: 'Subtract 4 first.', answer: '4', given: 'What is 8 − 4?' }),
    ).toBe(false)
    expect(detectLeak({ critique: 'Choose b.', answer: 'b', given: 'a) or c)?' })).toBe(true)
  })

  it('finds any number that stands by itself', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), (answer) => {
        expect(
          detectLeak({
            critique: `Surely ${answer.toLocaleString('en-US')}.`,
            answer: String(answer),
          }),
        ).toBe(true)
        expect(detectLeak({ critique: `Surely ${answer}1.`, answer: String(answer) })).toBe(false)
      }),
    )
  })

  it('answers in bounded time on hostile text', () => {
    const start = performance.now()
    for (const critique of [
      '\\frac{'.repeat(50_000),
      '1,'.repeat(200_000),
      'a'.repeat(500_000),
      '1'.repeat(500_000),
      '{'.repeat(200_000),
    ]) {
      detectLeak({ critique, answer: 'a1' })
      detectLeak({ critique, answer: '11' })
    }
    expect(performance.now() - start).toBeLessThan(3000)
  })
})
