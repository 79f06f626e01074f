import { isIcrlError } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { parseExpression } from './parse-expression.ts'

describe('parseExpression', () => {
  it('nests lists, lowers case, drops comments', () => {
    expect(parseExpression('(And (Holds ?A ?O) ; so it is\n (isClean?o))', 'x')).toEqual([
      'and',
      ['holds', '?a', '?o'],
      ['isclean', '?o'],
    ])
  })

  it('keeps a comma in its word', () => {
    expect(parseExpression('(?l - location, ?r)', 'x')).toEqual(['?l', '-', 'location,', '?r'])
  })

  it.each([
    ['empty', '', 'empty'],
    ['not closed', '(a (b)', 'line 1: a parenthesis is not closed'],
    ['closed too often', '(a)\n)', 'line 2: ")" after'],
    ['text after the end', '(a) b', '"b" after the closing'],
    ['text before', 'b (a)', '"b" before'],
    ['outside ASCII', '(a\n ü)', 'line 2: a character outside ASCII'],
    ['too deep', '('.repeat(10_000), 'more than 200 open'],
  ])('refuses %s, with the line', (_, text, message) => {
    const error = (() => {
      try {
        return parseExpression(text, 'x')
      } catch (caught) {
        return caught
      }
    })()
    expect(isIcrlError(error, 'corrupt-file')).toBe(true)
    expect((error as Error).message).toContain(message)
  })
})
