import { describe, expect, it } from 'vitest'
import { alfredGrammar } from '../alfred-grammar.ts'
import { parseGrammar } from './parse-grammar.ts'
import { parseText } from './parse-text.ts'

describe('parseText', () => {
  it('reads literals, symbols, values and lists', () => {
    expect(
      parseText(
        "You see [{o.indefinite + ' ' + o.name | in(o:object, r:receptacle)}]. #more#",
        'x',
      ),
    ).toEqual([
      { kind: 'literal', text: 'You see ' },
      {
        kind: 'each',
        list: true,
        given: [
          {
            predicate: 'in',
            args: [
              { name: 'o', type: 'object' },
              { name: 'r', type: 'receptacle' },
            ],
          },
        ],
        piece: {
          kind: 'value',
          terms: [
            { variable: 'o', field: 'article' },
            { literal: ' ' },
            { variable: 'o', field: 'name' },
          ],
        },
      },
      { kind: 'literal', text: '. ' },
      { kind: 'symbol', name: 'more' },
    ])
  })

  // What TextWorld 1.7.0 made of these texts.
  it.each([
    ['  x', 'x'],
    ['\n\n  x', 'x'],
    ['x\n  y', 'x\n  y'],
    ['// hi\nx', 'x'],
    ['x // y', 'x // y'],
    ['say "hi" there', 'say hi there'],
    ['\tq\tw', 'q\tw'],
    ['one; two', 'one'],
    ['one} two', 'one'],
  ])('takes %j for %j', (text, expected) => {
    expect(
      parseText(text, 'x')
        .map((part) => (part.kind === 'literal' ? part.text : '?'))
        .join(''),
    ).toBe(expected)
  })

  it('refuses an expression it cannot evaluate', () => {
    expect(() => parseText('{__import__("os")}', 'x')).toThrow('cannot evaluate')
    expect(() => parseText('{o.__class__}', 'x')).toThrow('cannot evaluate {o.__class__}')
    expect(() => parseText('{len(o)}', 'x')).toThrow('cannot evaluate')
  })
})

describe('parseGrammar', () => {
  it('reads the household’s', () => {
    const grammar = parseGrammar(alfredGrammar('put a mug in desk'), 'x')
    expect([grammar.actions.size, grammar.rules.get('task')?.[0].parts]).toEqual([
      14,
      [{ kind: 'literal', text: 'Your task is to: put a mug in desk.' }],
    ])
  })

  it.each([
    ['a stray word', 'acton look { }', '"acton" where "action" or "grammar" belongs'],
    ['an open block', 'action look { template :: "look";', '"}" expected before "the end"'],
    ['no JSON', 'grammar :: """{ nope }""";', 'a grammar block is not JSON'],
    [
      'a rule without text',
      'grammar :: """{"a": [{"condition": "p(a:b)"}]}""";',
      'symbol a: a rule has no text',
    ],
    [
      'a malformed condition',
      'grammar :: """{"a": [{"condition": "p(a)", "rhs": "x"}]}""";',
      'is not predicate(name:type',
    ],
    ['an unreadable character', 'action look { ~ }', 'line 1: cannot read "~'],
  ])('refuses %s', (_, text, message) => expect(() => parseGrammar(text, 'x')).toThrow(message))
})
