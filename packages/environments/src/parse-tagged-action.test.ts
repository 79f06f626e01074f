import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { findTaggedAction, parseTaggedAction } from './parse-tagged-action.ts'

/** Characters that `indexOf` passes over while `work` runs: what it does, on any machine. */
function searchedIn(work: () => unknown): number {
  const { indexOf } = String.prototype
  let characters = 0
  const counted = vi.spyOn(String.prototype, 'indexOf').mockImplementation(function (
    this: string,
    mark: string,
    from = 0,
  ) {
    const at = indexOf.call(this, mark, from)
    characters += (at < 0 ? this.length : at + mark.length) - from
    return at
  })
  try {
    work()
  } finally {
    counted.mockRestore()
  }
  return characters
}

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

  it.each([
    ['openings', '<action>'.repeat(2000)],
    ['openings and ends of another tag', '<action>'.repeat(1000) + '</subagent>'.repeat(1000)],
    ['openings of both', '<action><subagent>'.repeat(1000)],
    ['pairs', '<action>a</action>'.repeat(1000)],
  ])('takes one pass over a hostile response: %s', (_, text) => {
    const characters = searchedIn(() => parseTaggedAction(text))
    // One pass for each of the four marks: two tags, each with an opening and an end.
    expect(characters).toBeGreaterThanOrEqual(text.length)
    expect(characters).toBeLessThanOrEqual(4 * text.length)
  })

  it('names the tag', () =>
    expect(findTaggedAction('<search>q</search>', ['search', 'answer'])).toEqual({
      tag: 'search',
      text: 'q',
    }))
})
