import { IcrlError } from '@icrl/core'
import type { Expression } from './parse-expression.ts'

/** A name and its type, as in `?r - receptacle`. */
export interface Typed {
  readonly name: string
  readonly type: string
}

/**
 * `predicate(args)`, or its negation; predicate `=` compares its two arguments. Arguments are
 * `?variables` or constants.
 */
export interface Literal {
  readonly predicate: string
  readonly args: readonly string[]
  readonly negated: boolean
}

/** Literals that must hold together, over the declared variables. */
export interface Conjunction {
  readonly variables: readonly Typed[]
  readonly literals: readonly Literal[]
}

const maxClauses = 256

/** A typed list: `a b - t c` gives a and b the type t, and c the type `object`. */
export function parseTyped(list: readonly Expression[], source: string): Typed[] {
  const typed: Typed[] = []
  let waiting = 0
  for (let i = 0; i < list.length; i++) {
    const word = list[i]
    if (typeof word !== 'string') {
      throw new IcrlError(`${source}: a list where a name belongs.`, {
        code: 'unsupported',
        remedy: 'Use plain names and single types.',
      })
    }
    if (word === '-') {
      const type = list[++i]
      if (typeof type !== 'string') {
        throw new IcrlError(`${source}: "-" without a type's name.`, {
          code: 'unsupported',
          remedy: 'Use single types, not (either …).',
        })
      }
      for (let k = waiting; k < typed.length; k++) typed[k] = { name: typed[k].name, type }
      waiting = typed.length
    } else {
      typed.push({ name: word, type: 'object' })
    }
  }
  return typed
}

/** `predicate arg …` as a literal. */
export function parseAtom(expression: Expression, source: string, negated = false): Literal {
  const [predicate, ...args] = typeof expression === 'string' ? [] : expression
  if (typeof predicate !== 'string' || !args.every((arg) => typeof arg === 'string')) {
    throw new IcrlError(`${source}: an atom has the form (predicate name …).`, {
      code: 'corrupt-file',
      remedy: 'Check the PDDL text.',
    })
  }
  return { predicate, args, negated }
}

function product(parts: readonly (readonly Conjunction[])[], source: string): Conjunction[] {
  let clauses: Conjunction[] = [{ variables: [], literals: [] }]
  for (const part of parts) {
    clauses = clauses.flatMap((a) =>
      part.map((b) => ({
        variables: [...a.variables, ...b.variables],
        literals: [...a.literals, ...b.literals],
      })),
    )
    if (clauses.length > maxClauses) {
      throw new IcrlError(`${source}: more than ${maxClauses} cases.`, {
        code: 'unsupported',
        remedy: 'Simplify the condition.',
      })
    }
  }
  return clauses
}

/**
 * Replaces names in an expression. It gives each quantifier's variables names of their own, so that
 * a nested variable may shadow an outer one and two quantifiers may share a name.
 */
function rename(expression: Expression, names: ReadonlyMap<string, string>): Expression {
  return typeof expression === 'string'
    ? (names.get(expression) ?? expression)
    : expression.map((part) => rename(part, names))
}

/**
 * A condition in disjunctive normal form: it holds where one of the conjunctions does. `and`, `or`,
 * `not`, `imply`, `exists`; an empty condition always holds.
 *
 * @throws IcrlError `unsupported` for `forall`, a negated `exists` and more than 256 conjunctions;
 * `corrupt-file` if an atom is malformed
 * @example
 * parseCondition(parseExpression('(or (holds ?a ?o) (not (opened ?r)))', 'example'), 'example')
 *   .length // 2
 */
export function parseCondition(expression: Expression, source: string): Conjunction[] {
  let fresh = 0
  const walk = (node: Expression, negated: boolean): Conjunction[] => {
    if (typeof node !== 'string' && node.length === 0)
      return negated ? [] : [{ variables: [], literals: [] }]
    const [head, ...rest] = typeof node === 'string' ? [node] : node
    if (head === 'not') return walk(rest[0] ?? [], !negated)
    if (head === 'imply') return walk(['or', ['not', rest[0] ?? []], rest[1] ?? []], negated)
    if (head === 'and' || head === 'or') {
      const parts = rest.map((part) => walk(part, negated))
      return (head === 'and') !== negated ? product(parts, source) : parts.flat()
    }
    if (head === 'exists' && !negated) {
      const own = parseTyped(Array.isArray(rest[0]) ? rest[0] : [], source)
      const names = new Map(own.map(({ name }) => [name, `${name}@${fresh++}`]))
      const variables = own.map(({ name, type }) => ({ name: names.get(name)!, type }))
      return walk(rename(rest[1] ?? [], names), false).map((inner) => ({
        variables: [...variables, ...inner.variables],
        literals: inner.literals,
      }))
    }
    if (head === 'forall' || head === 'exists') {
      throw new IcrlError(
        `${source}: ${negated ? 'a negated ' : ''}${head} is beyond the PDDL read here.`,
        { code: 'unsupported', remedy: 'Use and, or, not and exists.' },
      )
    }
    return [{ variables: [], literals: [parseAtom(node, source, negated)] }]
  }
  return walk(expression, false)
}
