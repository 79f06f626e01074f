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

  it.each([
    ['unclosed fractions', '\\frac{'],
    ['unclosed boxes', '\\boxed{'],
    ['commas', '1,'],
    ['one word', 'a'],
    ['one number', '1'],
    ['braces', '{'],
    ['blanks', ' '],
  ])('takes time in proportion to a hostile text: %s', (_, piece) => {
    const judge = (text: string): void => {
      for (const answer of ['a1', '11', 'ab']) detectLeak({ critique: `${text}b`, answer })
    }
    const [short, long] = [2500, 20_000].map((length) =>
      piece.repeat(Math.ceil(length / piece.length)),
    )
    // Eight times the text takes eight times as long; 64 times where each place is searched from
    // anew. The bound lies in the middle, a factor of three from either: as much as a busy machine
    // may shift the fastest of several measurements of processor time.
    expect(processorTime(() => judge(long)) / processorTime(() => judge(short))).toBeLessThan(24)
  })
})

/** Microseconds of this process's own processor time that `work` takes, the fastest of five. */
function processorTime(work: () => void): number {
  const times = Array.from({ length: 5 }, () => {
    const before = process.cpuUsage()
    work()
    const { user, system } = process.cpuUsage(before)
    return user + system
  })
  return Math.min(...times)
}
