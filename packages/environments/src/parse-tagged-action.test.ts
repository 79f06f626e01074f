import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { findTaggedAction, parseTaggedAction } from './parse-tagged-action.ts'

/** The pattern of the released code, for comparison on short texts. */
function reference(text: string): string | undefined {
  return [...text.matchAll(/<(action|subagent)>([\s\S]*?)<\/\1>/g)].at(-1)?.[2].trim()
}

describe('parseTaggedAction', () => {
  it.each([
    ['<action>look</action>', 'look'],
    ['<action>a</action> then <action> b\n</action>', 'b'],
    ['<subagent>c</subagent>', 'c'],
    ['<action></action>', ''],
    ['<action>open', undefined],
    ['', undefined],
    ['<action>a</subagent>', undefined],
    ['<action><action>x</action>', '<action>x'],
  ])('reads %j', (text, expected) => expect(parseTaggedAction(text)).toBe(expected))

  it('is the released code’s pattern', () => {
    const pieces = fc.constantFrom(
      '<action>',
      '</action>',
      '<subagent>',
      '</subagent>',
      'x',
      ' ',
      '<',
      'action>',
    )
    fc.assert(
      fc.property(
        fc.array(pieces, { maxLength: 14 }).map((parts) => parts.join('')),
        (text) => parseTaggedAction(text) === reference(text),
      ),
      { numRuns: 500 },
    )
  })

  it('takes one pass over a hostile response', () => {
    const start = performance.now()
    expect(parseTaggedAction('<action>'.repeat(500_000))).toBe(undefined)
    expect(parseTaggedAction('<action>'.repeat(200_000) + '</subagent>'.repeat(200_000))).toBe(
      undefined,
    )
    expect(performance.now() - start).toBeLessThan(1000)
  })

  it('names the tag', () =>
    expect(findTaggedAction('<search>q</search>', ['search', 'answer'])).toEqual({
      tag: 'search',
      text: 'q',
    }))
})
