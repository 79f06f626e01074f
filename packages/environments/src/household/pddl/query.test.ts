import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseCondition } from './formula.ts'
import { parseExpression } from './parse-expression.ts'
import { compileQuery, type Vocabulary } from './query.ts'
import {
  copyRelation,
  countPairs,
  emptyRelation,
  holds,
  setPair,
  type Relation,
} from './relation.ts'

const count = 5
const predicates = ['p', 'q', 'r']
const vocabulary: Vocabulary = {
  count,
  entity: (name) => (/^e[0-4]$/.test(name) ? Number(name[1]) : undefined),
  predicate: (name) => predicates.indexOf(name),
  members: (type) =>
    Uint8Array.from({ length: count }, (_, i) =>
      type === 'object' || (type === 'even' && i % 2 === 0) ? 1 : 0,
    ),
}
const parameters = [
  { name: '?x', type: 'object' },
  { name: '?y', type: 'even' },
]

function relations(facts: readonly (readonly [number, number, number])[]): Relation[] {
  const all = predicates.map(() => copyRelation(emptyRelation(count)))
  // r has one argument: pairs (a, a).
  for (const [relation, a, b] of facts) setPair(all[relation], a, relation === 2 ? a : b, true)
  return all
}

function matches(text: string, facts: Relation[]): string[] {
  const [conjunction] = parseCondition(parseExpression(text, 'x'), 'x')
  const found: string[] = []
  compileQuery(conjunction, parameters, vocabulary, facts)?.run(facts, ([x, y]) => {
    found.push(`${x}${y}`)
    return false
  })
  return [...new Set(found)].sort()
}

describe('relation', () => {
  it('keeps ascending lists both ways and leaves the original of a copy alone', () => {
    const original = copyRelation(emptyRelation(count))
    for (const b of [3, 1, 2]) setPair(original, 0, b, true)
    const copy = copyRelation(original)
    setPair(copy, 0, 1, false)
    setPair(copy, 0, 1, false)
    expect([original.byFirst[0], copy.byFirst[0], original.bySecond[1], copy.bySecond[1]]).toEqual([
      [1, 2, 3],
      [2, 3],
      [0],
      [],
    ])
    expect([countPairs(original), countPairs(copy), holds(copy, 0, 1)]).toEqual([3, 2, false])
  })
})

describe('compileQuery', () => {
  it('finds exactly the pairs for which the formula is true', () => {
    const atoms = [
      '(p ?x ?y)',
      '(q ?y ?x)',
      '(r ?x)',
      '(r ?y)',
      '(not (p ?y ?x))',
      '(not (r ?x))',
      '(not (= ?x ?y))',
      '(q e1 ?x)',
      '(p ?x ?x)',
      '(exists (?z - object) (and (p ?x ?z) (q ?z ?y)))',
    ]
    const fact = fc.tuple(fc.nat(2), fc.nat(4), fc.nat(4))
    fc.assert(
      fc.property(
        fc.array(fact, { maxLength: 12 }),
        fc.uniqueArray(fc.constantFrom(...atoms), { minLength: 1, maxLength: 4 }),
        (facts, chosen) => {
          const all = relations(facts)
          const is = (relation: number, a: number, b: number): boolean => holds(all[relation], a, b)
          const truth: Record<string, (x: number, y: number) => boolean> = {
            '(p ?x ?y)': (x, y) => is(0, x, y),
            '(q ?y ?x)': (x, y) => is(1, y, x),
            '(r ?x)': (x) => is(2, x, x),
            '(r ?y)': (_, y) => is(2, y, y),
            '(not (p ?y ?x))': (x, y) => !is(0, y, x),
            '(not (r ?x))': (x) => !is(2, x, x),
            '(not (= ?x ?y))': (x, y) => x !== y,
            '(q e1 ?x)': (x) => is(1, 1, x),
            '(p ?x ?x)': (x) => is(0, x, x),
            '(exists (?z - object) (and (p ?x ?z) (q ?z ?y)))': (x, y) =>
              [0, 1, 2, 3, 4].some((z) => is(0, x, z) && is(1, z, y)),
          }
          const expected: string[] = []
          for (let x = 0; x < count; x++)
            for (const y of [0, 2, 4])
              if (chosen.every((atom) => truth[atom](x, y))) expected.push(`${x}${y}`)
          expect(matches(`(and ${chosen.join(' ')})`, all)).toEqual(expected)
        },
      ),
    )
  })

  it('matches nothing over an empty type or an undeclared constant', () => {
    expect(matches('(exists (?z - nothing) (p ?x ?y))', relations([[0, 0, 0]]))).toEqual([])
    expect(matches('(p e9 ?x)', relations([[0, 0, 0]]))).toEqual([])
  })
})
