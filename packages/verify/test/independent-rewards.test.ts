import { describe, expect, it } from 'vitest'
import { verifyMath } from '../src/verify-math.ts'
import { HOSTILE_GOLDS, HOSTILE_RESPONSES } from './hostile-corpus.ts'

const honest: readonly (readonly [response: string, gold: string])[] = [
  ['The answer is \\boxed{17}.', '17'],
  ['The answer is \\boxed{18}.', '17'],
  ['\\boxed{\\frac{1}{2}}', '0.5'],
  ['\\boxed{x^2+1}', '1+x^2'],
  ['no answer', '3'],
]
const verdicts = (): boolean[] =>
  honest.map(([response, gold]) => verifyMath(response, gold).correct)

/** CVE-2026-6878: one answer patched the grader, and every later one scored 1. */
describe('the reward of an answer', () => {
  it('does not depend on the answers before it', () => {
    const before = verdicts()
    expect(before).toEqual([true, false, true, true, false])
    for (const [, response] of HOSTILE_RESPONSES) verifyMath(response, HOSTILE_GOLDS[0])
    for (const code of ['__import__("os")', 'globalThis.Number = () => 1', 'verifyMath = () => 1'])
      verifyMath(`\\boxed{${code}}`, code)
    expect(verdicts()).toEqual(before)
  })
})
