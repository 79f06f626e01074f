import type { Conjunction, Literal, Typed } from './formula.ts'
import { countPairs, holds, type Relation } from './relation.ts'

/** What a conjunction is matched against. */
export interface Vocabulary {
  /** Number of entities. */
  readonly count: number
  /** Undefined for an undeclared name: nothing can match it. */
  entity(name: string): number | undefined
  /** Index of a predicate in the state's relations. */
  predicate(name: string): number
  /** 1 for the entities of a type. */
  members(type: string): Uint8Array
}

interface Step {
  readonly kind: 'check' | 'equal' | 'seconds' | 'firsts' | 'pairs' | 'same' | 'type'
  readonly relation: number
  readonly a: number
  readonly b: number
  readonly negated: boolean
}

/** A conjunction ready to be matched: its variables have slots, its literals an order. */
export interface Query {
  /** Slot of each variable; the parameters come first, in order. */
  readonly slots: ReadonlyMap<string, number>
  /**
   * Calls `emit` with the slots of each match until it returns true; returns whether it did. The
   * array is reused.
   */
  run(relations: readonly Relation[], emit: (slots: Int32Array) => boolean): boolean
}

/**
 * Rough number of matches a literal leaves, given what is bound. The cheapest literal comes next.
 */
function cost(literal: Literal, a: boolean, b: boolean, pairs: number, count: number): number {
  if (a && b) return -1
  if (literal.negated || literal.predicate === '=') return Infinity
  return a || b ? pairs / count : pairs
}

function stepOf(
  literal: Literal,
  relation: number,
  a: number,
  b: number,
  bound: ReadonlySet<number>,
): Step {
  const base = { relation, a, b, negated: literal.negated }
  if (bound.has(a) && bound.has(b))
    return { ...base, kind: literal.predicate === '=' ? 'equal' : 'check' }
  if (a === b) return { ...base, kind: 'same' }
  if (bound.has(a)) return { ...base, kind: 'seconds' }
  return { ...base, kind: bound.has(b) ? 'firsts' : 'pairs' }
}

/**
 * Orders a conjunction's literals for matching: tests as soon as their variables are known, then
 * the literal that leaves the fewest matches, judged by the number of facts in `initial`.
 *
 * @param parameters variables that get the first slots
 * @returns undefined if a variable's type has no members or a constant is not declared, so that
 * nothing can match
 */
export function compileQuery(
  conjunction: Conjunction,
  parameters: readonly Typed[],
  vocabulary: Vocabulary,
  initial: readonly Relation[],
): Query | undefined {
  const variables = [...parameters, ...conjunction.variables]
  const slots = new Map(variables.map(({ name }, slot) => [name, slot]))
  const allowed = variables.map(({ type }) => vocabulary.members(type))
  const unknown = conjunction.literals.some(({ args }) =>
    args.some((arg) => !slots.has(arg) && vocabulary.entity(arg) === undefined),
  )
  if (unknown || allowed.some((members) => !members.includes(1))) return undefined
  const constants: number[] = []
  const slotOf = (arg: string): number =>
    slots.get(arg) ?? variables.length + constants.push(vocabulary.entity(arg)!) - 1
  const waiting = conjunction.literals.map((literal) => {
    const args = literal.args.map(slotOf)
    // Without arguments: the pair (0, 0), through a slot that holds entity 0.
    const a = args.length > 0 ? args[0] : variables.length + constants.push(0) - 1
    const relation = literal.predicate === '=' ? -1 : vocabulary.predicate(literal.predicate)
    return {
      literal,
      relation,
      a,
      b: args.length > 1 ? args[1] : a,
      pairs: relation < 0 ? 0 : countPairs(initial[relation]),
    }
  })
  const bound = new Set(constants.map((_, i) => variables.length + i))
  const steps: Step[] = []
  while (waiting.length > 0 || bound.size < variables.length + constants.length) {
    const costs = waiting.map(({ literal, a, b, pairs }) =>
      cost(literal, bound.has(a), bound.has(b), pairs, vocabulary.count),
    )
    const least = Math.min(...costs)
    if (least < Infinity) {
      const [{ literal, relation, a, b }] = waiting.splice(costs.indexOf(least), 1)
      steps.push(stepOf(literal, relation, a, b, bound))
      bound.add(a).add(b)
    } else {
      const slot = variables.findIndex((_, i) => !bound.has(i))
      steps.push({ kind: 'type', relation: -1, a: slot, b: slot, negated: false })
      bound.add(slot)
    }
  }
  const values = new Int32Array(variables.length + constants.length)
  constants.forEach((entity, i) => (values[variables.length + i] = entity))
  const matching: Matching = {
    steps,
    values,
    allowed,
    count: vocabulary.count,
    relations: initial,
    emit: () => true,
  }
  return {
    slots,
    run: (relations, emit) => {
      matching.relations = relations
      matching.emit = emit
      return match(matching, 0)
    },
  }
}

/** A running query. */
interface Matching {
  readonly steps: readonly Step[]
  readonly values: Int32Array
  readonly allowed: readonly Uint8Array[]
  readonly count: number
  relations: readonly Relation[]
  emit: (slots: Int32Array) => boolean
}

// No closures here: this is where a household spends its time.
function match(matching: Matching, at: number): boolean {
  const { steps, values, allowed, count, relations } = matching
  if (at === steps.length) return matching.emit(values)
  const { kind, relation, a, b, negated } = steps[at]
  switch (kind) {
    case 'check':
      return holds(relations[relation], values[a], values[b]) !== negated && match(matching, at + 1)
    case 'equal':
      return (values[a] === values[b]) !== negated && match(matching, at + 1)
    case 'seconds':
      for (const entity of relations[relation].byFirst[values[a]]) {
        values[b] = entity
        if (allowed[b][entity] === 1 && match(matching, at + 1)) return true
      }
      return false
    case 'firsts':
      for (const entity of relations[relation].bySecond[values[b]]) {
        values[a] = entity
        if (allowed[a][entity] === 1 && match(matching, at + 1)) return true
      }
      return false
    case 'pairs':
      for (let first = 0; first < count; first++) {
        if (allowed[a][first] !== 1) continue
        for (const second of relations[relation].byFirst[first]) {
          values[a] = first
          values[b] = second
          if (allowed[b][second] === 1 && match(matching, at + 1)) return true
        }
      }
      return false
    case 'same':
    case 'type':
      for (let entity = 0; entity < count; entity++) {
        if (
          allowed[a][entity] !== 1 ||
          (kind === 'same' && !holds(relations[relation], entity, entity))
        )
          continue
        values[a] = entity
        if (match(matching, at + 1)) return true
      }
      return false
  }
}
