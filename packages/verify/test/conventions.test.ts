import { readFileSync } from 'node:fs'
import { isIcrlError } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { CONVENTIONS, type Conventions } from '../src/conventions.ts'
import { verifyMath } from '../src/verify-math.ts'
import { CONVENTION_EXAMPLES } from './convention-examples.ts'

describe.each(CONVENTION_EXAMPLES)('$name', ({ name, pairs, onlyOff = [] }) => {
  it.each([...pairs])('%s is said by %s while it holds, and not without it', (gold, prediction) => {
    expect(verifyMath(prediction, gold).correct).toBe(true)
    expect(verifyMath(prediction, gold, { conventions: { [name]: true } }).correct).toBe(true)
    expect(verifyMath(prediction, gold, { conventions: { [name]: false } }).correct).toBe(false)
    // the others stay as they are
    expect(
      verifyMath('\\boxed{\\frac{2}{4}}', '0.5', { conventions: { [name]: false } }).correct,
    ).toBe(true)
  })

  it.each([...onlyOff])('%s is said by %s without it alone', (gold, prediction) => {
    expect(verifyMath(prediction, gold).correct).toBe(false)
    expect(verifyMath(prediction, gold, { conventions: { [name]: false } }).correct).toBe(true)
  })
})

describe('conventions', () => {
  const names = Object.keys(CONVENTIONS)

  it('each has an example', () => {
    expect(CONVENTION_EXAMPLES.map(({ name }) => name).sort()).toEqual([...names].sort())
  })

  it('each has a line on its page', () => {
    const page = readFileSync(new URL('../docs/conventions.md', import.meta.url), 'utf8')
    const options = Array.from(page.matchAll(/^\| `(\w+)` /gm), ([, name]) => name)
    expect(options.sort()).toEqual([...names].sort())
  })

  it('one that there is not is refused by name', () => {
    const call = (): unknown =>
      verifyMath('5', '5', { conventions: { radian: false } as Partial<Conventions> })
    let error: unknown
    try {
      call()
    } catch (thrown) {
      error = thrown
    }
    expect(isIcrlError(error, 'invalid-option')).toBe(true)
    expect(String(error)).toContain('radian')
  })
})
