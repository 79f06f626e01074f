import { describe, expect, it } from 'vitest'
import { parseCondition, parseTyped } from './formula.ts'
import { parseExpression } from './parse-expression.ts'

const condition = (text: string): string[] =>
  parseCondition(parseExpression(text, 'x'), 'x').map(({ literals }) =>
    literals
      .map(({ predicate, args, negated }) => `${negated ? '!' : ''}${predicate}(${args.join(' ')})`)
      .join(' '),
  )

describe('parseTyped', () => {
  it('types the names before the dash; object where there is none', () => {
    expect(parseTyped(['a', 'b', '-', 't', 'c'], 'x')).toEqual([
      { name: 'a', type: 't' },
      { name: 'b', type: 't' },
      { name: 'c', type: 'object' },
    ])
    expect(() => parseTyped([['either', 'a']], 'x')).toThrow('a list where a name belongs')
  })
})

describe('parseCondition', () => {
  it('holds always where it is empty', () => {
    expect(condition('()')).toEqual([''])
    expect(condition('(and)')).toEqual([''])
    expect(condition('(or)')).toEqual([])
  })

  it('multiplies out and pushes negation down', () => {
    expect(condition('(and (p ?a) (or (q ?a) (not (r ?a))))')).toEqual([
      'p(?a) q(?a)',
      'p(?a) !r(?a)',
    ])
    expect(condition('(not (or (p ?a) (not (q ?a))))')).toEqual(['!p(?a) q(?a)'])
    expect(condition('(imply (p ?a) (q ?a))')).toEqual(['!p(?a)', 'q(?a)'])
  })

  it('gives each quantifier variables of its own', () => {
    const [{ variables, literals }] = parseCondition(
      parseExpression('(exists (?o - object) (and (p ?o) (exists (?o - object) (q ?o))))', 'x'),
      'x',
    )
    expect(new Set(variables.map(({ name }) => name)).size).toBe(2)
    expect(literals.map(({ args }) => args[0])).toEqual(variables.map(({ name }) => name))
  })

  it('refuses what it does not know', () => {
    expect(() => condition('(forall (?o - object) (p ?o))')).toThrow('forall is beyond')
    expect(() => condition('(not (exists (?o - object) (p ?o)))')).toThrow('a negated exists')
    expect(() => condition(`(and ${'(or (p a) (q a)) '.repeat(12)})`)).toThrow(
      'more than 256 cases',
    )
  })
})
