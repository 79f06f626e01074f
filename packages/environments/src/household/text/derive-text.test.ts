import { describe, expect, it } from 'vitest'
import { copyRelation, emptyRelation, setPair, type Relation } from '../pddl/relation.ts'
import { deriveText, type Binding, type TextWorld } from './derive-text.ts'
import { parseGrammar } from './parse-grammar.ts'
import { parseText } from './parse-text.ts'

const names = ['box 1', 'cup 2', 'cup 1', 'fork 1']

function world(
  rules: Record<string, unknown>,
  facts: Record<string, readonly (readonly [number, number])[]>,
): TextWorld {
  const lists = {
    list_empty: [{ rhs: 'nothing' }],
    list_separator: [{ rhs: ', ' }],
    list_last_separator: [{ rhs: ', and ' }],
  }
  const relations = new Map<string, Relation>()
  for (const [name, pairs] of Object.entries(facts)) {
    const relation = copyRelation(emptyRelation(names.length))
    for (const [a, b] of pairs) setPair(relation, a, b, true)
    relations.set(name, relation)
  }
  return {
    grammar: parseGrammar(`grammar :: """${JSON.stringify({ ...lists, ...rules })}""";`, 'x'),
    names,
    ids: names.map((name) => name.replace(' ', '_')),
    members: () => new Uint8Array(names.length).fill(1),
    relation: (predicate) => relations.get(predicate),
  }
}

const write = (text: string, over: TextWorld, binding?: Binding): string =>
  deriveText(over, parseText(text, 'x'), binding)

describe('deriveText', () => {
  const box: Binding = { name: 'r', type: 'object', entity: 0, rest: undefined }
  const list = "[{o.indefinite + ' ' + o.name | in(o:object, r:object)}]"

  it('lists none, one, two and three in the order of their ids', () => {
    const seen = (pairs: readonly (readonly [number, number])[]): string =>
      write(list, world({}, { in: pairs }), box)
    expect(seen([])).toBe('nothing')
    expect(seen([[3, 0]])).toBe('a fork 1')
    expect(
      seen([
        [3, 0],
        [1, 0],
      ]),
    ).toBe('a cup 2, and a fork 1')
    expect(
      seen([
        [3, 0],
        [1, 0],
        [2, 0],
      ]),
    ).toBe('a cup 2, a cup 1, and a fork 1')
  })

  it('takes the first rule whose condition holds', () => {
    const rules = { a: [{ condition: 'open(r:object)', rhs: 'open' }, { rhs: 'closed' }] }
    expect(write('#a#', world(rules, { open: [[0, 0]] }), box)).toBe('open')
    expect(write('#a#', world(rules, { open: [[1, 1]] }), box)).toBe('closed')
    expect(write('#a#', world(rules, {}), box)).toBe('closed')
  })

  it('lets different names stand for different things', () => {
    expect(
      write(
        '{a.name | like(a:object, b:object)}',
        world(
          {},
          {
            like: [
              [0, 0],
              [1, 2],
            ],
          },
        ),
      ),
    ).toBe('cup 2')
  })

  it('repeats a thing for each way it matches', () => {
    expect(
      write(
        '[{o.name | at(o:object, l:object) & not_in(o:object, r:object)}]',
        world(
          {},
          {
            at: [[1, 3]],
            not_in: [
              [1, 0],
              [1, 2],
            ],
          },
        ),
      ),
    ).toBe('cup 2, and cup 2')
  })

  it.each([
    ['an unknown symbol', '#b#', {}, 'no symbol #b#'],
    [
      'no rule that applies',
      '#b#',
      { b: [{ condition: 'p(a:object)', rhs: 'x' }] },
      'no rule of #b# applies',
    ],
    ['an unknown name', '{q.name}', {}, '{q} stands for nothing'],
    ['a grammar without end', '#b#', { b: [{ rhs: '#b#' }] }, 'does not come to an end'],
  ])('refuses %s', (_, text, rules, message) =>
    expect(() => write(text, world(rules, {}))).toThrow(message),
  )
})
