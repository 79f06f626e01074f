import { IcrlError } from '@icrl/core'
import {
  parseAtom,
  parseCondition,
  parseTyped,
  type Conjunction,
  type Literal,
  type Typed,
} from './formula.ts'
import { parseExpression, type Expression } from './parse-expression.ts'

/** What an action changes: `literal` becomes true (or false if negated) if `when` held before. */
export interface Effect {
  readonly when: readonly Literal[]
  readonly literal: Literal
}

export interface ActionSchema {
  readonly name: string
  readonly parameters: readonly Typed[]
  /** Holds if one of these does. */
  readonly precondition: readonly Conjunction[]
  readonly effects: readonly Effect[]
}

export interface Domain {
  readonly name: string
  /** Each type's direct supertypes; every type descends from `object`. */
  readonly supertypes: ReadonlyMap<string, readonly string[]>
  readonly constants: readonly Typed[]
  /** Number of arguments of each predicate: 0, 1 or 2. */
  readonly arity: ReadonlyMap<string, number>
  readonly actions: readonly ActionSchema[]
}

const known = new Set([
  ':requirements',
  ':types',
  ':predicates',
  ':functions',
  ':constants',
  ':action',
])

function parseEffects(
  expression: Expression,
  source: string,
  when: readonly Literal[] = [],
): Effect[] {
  const [head, ...rest] = typeof expression === 'string' ? [expression] : expression
  if (head === undefined || head === 'increase') return []
  if (head === 'and') return rest.flatMap((part) => parseEffects(part, source, when))
  if (head === 'when') {
    const [condition, ...others] = parseCondition(rest[0] ?? [], source)
    if (others.length > 0 || condition.variables.length > 0) {
      throw new IcrlError(`${source}: an effect's condition may only join literals.`, {
        code: 'unsupported',
        remedy: 'Split the effect.',
      })
    }
    return parseEffects(rest[1] ?? [], source, [...when, ...condition.literals])
  }
  if (head === 'forall')
    throw new IcrlError(`${source}: forall is beyond the PDDL read here.`, {
      code: 'unsupported',
      remedy: 'Write the effects out.',
    })
  return [
    {
      when,
      literal:
        head === 'not' ? parseAtom(rest[0] ?? [], source, true) : parseAtom(expression, source),
    },
  ]
}

function parseAction(rest: readonly Expression[], source: string): ActionSchema {
  const name = typeof rest[0] === 'string' ? rest[0] : ''
  const part = (key: string): readonly Expression[] => {
    const value = rest[rest.indexOf(key) + 1]
    return rest.includes(key) && Array.isArray(value) ? value : []
  }
  const where = `${source}, action ${name}`
  return {
    name,
    parameters: parseTyped(part(':parameters'), where),
    precondition: parseCondition(part(':precondition'), where),
    effects: parseEffects(part(':effect'), where),
  }
}

/**
 * A PDDL domain: types, constants, predicates of up to two arguments, actions with conditions over
 * `and`, `or`, `not`, `exists` and effects with `when`. Costs are ignored.
 *
 * @param source what the text is, for errors
 * @throws IcrlError `corrupt-file` if it is not a domain, `unsupported` if it needs more than that
 * @example
 * readDomain(
 *   '(define (domain door) (:predicates (open ?d)) (:action push :parameters (?d) :precondition (not (open ?d)) :effect (open ?d)))',
 *   'door',
 * ).name
 */
export function readDomain(text: string, source: string): Domain {
  const [define, header, ...sections] = parseExpression(text, source)
  if (
    define !== 'define' ||
    !Array.isArray(header) ||
    header[0] !== 'domain' ||
    typeof header[1] !== 'string'
  ) {
    throw new IcrlError(`${source}: no "(define (domain …".`, {
      code: 'corrupt-file',
      remedy: 'Give a PDDL domain.',
    })
  }
  const all = (key: string): readonly Expression[][] =>
    sections.flatMap((section) =>
      Array.isArray(section) && section[0] === key ? [section.slice(1)] : [],
    )
  for (const section of sections) {
    const key = String(Array.isArray(section) ? section[0] : section)
    if (!known.has(key))
      throw new IcrlError(`${source}: section ${key} is beyond the PDDL read here.`, {
        code: 'unsupported',
        remedy: 'Use types, predicates, constants and actions.',
      })
  }
  const supertypes = new Map<string, string[]>()
  for (const { name, type } of parseTyped(all(':types').flat(), source))
    supertypes.set(name, [...(supertypes.get(name) ?? []), type])
  const arity = new Map<string, number>()
  for (const declaration of all(':predicates').flat()) {
    const [name, ...args] = Array.isArray(declaration) ? declaration : [declaration]
    const count = parseTyped(args, source).length
    if (count > 2)
      throw new IcrlError(`${source}: predicate ${String(name)} has ${count} arguments.`, {
        code: 'unsupported',
        remedy: 'Use at most two.',
      })
    arity.set(String(name), count)
  }
  const actions = all(':action').map((rest) => parseAction(rest, source))
  for (const { name, effects, precondition } of actions) {
    for (const { predicate, args } of [
      ...effects.flatMap((e) => [e.literal, ...e.when]),
      ...precondition.flatMap((c) => c.literals),
    ]) {
      checkPredicate(predicate, args.length, arity, `${source}, action ${name}`)
    }
  }
  return {
    name: header[1],
    supertypes,
    constants: parseTyped(all(':constants').flat(), source),
    arity,
    actions,
  }
}

/** Refuses a predicate that is not declared, or not with that many arguments. */
export function checkPredicate(
  predicate: string,
  count: number,
  arity: ReadonlyMap<string, number>,
  source: string,
): void {
  if (predicate === '=' ? count === 2 : arity.get(predicate) === count) return
  throw new IcrlError(
    `${source}: ${arity.has(predicate) ? `${predicate} with ${count} arguments` : `an undeclared predicate ${predicate}`}.`,
    {
      code: 'corrupt-file',
      remedy: 'Check it against the (:predicates …) of the domain.',
    },
  )
}
