import { IcrlError } from '@icrl/core'
import type { Literal } from './pddl/formula.ts'
import { compileQuery, type Query, type Vocabulary } from './pddl/query.ts'
import type { ActionSchema } from './pddl/read-domain.ts'
import { holds, type Relation } from './pddl/relation.ts'
import type { ActionText } from './text/parse-grammar.ts'
import type { TextPart } from './text/parse-text.ts'

/**
 * A fact over an action's parameters: an argument i ≥ 0 is parameter i, an argument i < 0 is entity
 * −1 − i.
 */
export interface Change {
  readonly relation: number
  readonly a: number
  readonly b: number
  readonly value: boolean
}

export interface CompiledEffect {
  readonly when: readonly Change[]
  readonly change: Change
}

/** An action of the domain over the entities of one game. */
export interface CompiledAction {
  readonly name: string
  readonly parameters: readonly { readonly name: string; readonly type: string }[]
  /** The ways its precondition can hold. */
  readonly queries: readonly Query[]
  readonly effects: readonly CompiledEffect[]
  /**
   * Facts that a precondition guarantees, one list per query. If the effects change nothing beyond
   * them, the action is not offered.
   */
  readonly guaranteed: readonly (readonly Change[])[]
  /** False if its effects always go beyond what its precondition guarantees. */
  readonly canBeNoop: boolean
  readonly text: ActionText
  /**
   * Parameters the command mentions: with equal values the command is the same. Undefined if it
   * depends on changing facts.
   */
  readonly commandKey: readonly number[] | undefined
  readonly commands: Map<number, string>
}

/** The value of a change's argument. */
export function argument(index: number, values: ArrayLike<number>): number {
  return index < 0 ? -1 - index : values[index]
}

function mentioned(
  parts: readonly TextPart[],
  isStatic: (predicate: string) => boolean,
): string[] | undefined {
  const names: string[] = []
  for (const part of parts) {
    if (part.kind === 'symbol') return undefined
    if (part.kind === 'value')
      names.push(...part.terms.flatMap((term) => ('variable' in term ? [term.variable] : [])))
    if (part.kind === 'each') {
      const inner = mentioned([part.piece], isStatic)
      if (!inner || !part.given.every(({ predicate }) => isStatic(predicate))) return undefined
      names.push(...inner, ...part.given.flatMap(({ args }) => args.map(({ name }) => name)))
    }
  }
  return names
}

/**
 * Compiles an action for a game's entities.
 *
 * @param isRead whether a predicate is ever read; changes of others are dropped
 */
export function compileAction(
  schema: ActionSchema,
  text: ActionText,
  vocabulary: Vocabulary,
  initial: readonly Relation[],
  isRead: (predicate: string) => boolean,
  isStatic: (predicate: string) => boolean,
): CompiledAction {
  const names = schema.parameters.map(({ name }) => name)
  const index = (arg: string): number => {
    const entity = vocabulary.entity(arg)
    if (names.includes(arg)) return names.indexOf(arg)
    if (entity === undefined)
      throw new IcrlError(`action ${schema.name}: "${arg}" is not declared.`, {
        code: 'corrupt-file',
        remedy: 'Declare it among the objects.',
      })
    return -1 - entity
  }
  const changeOf = ({ predicate, args, negated }: Literal): Change => {
    const a = args.length > 0 ? index(args[0]) : -1
    return {
      relation: vocabulary.predicate(predicate),
      a,
      b: args.length > 1 ? index(args[1]) : a,
      value: !negated,
    }
  }
  const bound = ({ predicate, args }: Literal): boolean =>
    predicate !== '=' && args.every((arg) => !arg.startsWith('?') || names.includes(arg))
  const cases = schema.precondition.flatMap((conjunction) => {
    const query = compileQuery(conjunction, schema.parameters, vocabulary, initial)
    return query ? [{ query, guaranteed: conjunction.literals.filter(bound).map(changeOf) }] : []
  })
  const inCommand = mentioned(text.template, isStatic)
  const commandKey =
    inCommand && names.flatMap((name, i) => (inCommand.includes(name.slice(1)) ? [i] : []))
  const effects = schema.effects
    .filter(({ literal }) => isRead(literal.predicate))
    .map(({ when, literal }) => ({ when: when.map(changeOf), change: changeOf(literal) }))
  const canBeNoop =
    effects.length > 0 &&
    effects.length === schema.effects.length &&
    effects.every(
      ({ change }) =>
        !change.value ||
        cases.some(({ guaranteed }) =>
          guaranteed.some((fact) => fact.value && fact.relation === change.relation),
        ),
    )
  return {
    name: schema.name,
    parameters: schema.parameters.map(({ name, type }) => ({ name: name.slice(1), type })),
    queries: cases.map(({ query }) => query),
    guaranteed: cases.map(({ guaranteed }) => guaranteed),
    canBeNoop,
    effects,
    text,
    commandKey:
      commandKey && vocabulary.count ** commandKey.length < Number.MAX_SAFE_INTEGER
        ? commandKey
        : undefined,
    commands: new Map(),
  }
}

const sameFact = (x: Change, y: Change, values: ArrayLike<number>): boolean =>
  x.relation === y.relation &&
  argument(x.a, values) === argument(y.a, values) &&
  argument(x.b, values) === argument(y.b, values)

/**
 * The changes an action makes for these parameters. A fact made both true and false becomes true.
 */
export function changesOf(
  action: CompiledAction,
  values: ArrayLike<number>,
  relations: readonly Relation[],
): Change[] {
  const active = action.effects.filter(({ when }) =>
    when.every(
      ({ relation, a, b, value }) =>
        holds(relations[relation], argument(a, values), argument(b, values)) === value,
    ),
  )
  return active
    .map(({ change }) => change)
    .filter(
      (change, _, all) =>
        change.value || !all.some((other) => other.value && sameFact(other, change, values)),
    )
}

/**
 * Whether an action would change nothing beyond what its precondition already says, such as going
 * to where the player is. A planner has no such operator, so the game does not offer it.
 *
 * @param query which of the action's queries matched
 */
export function isNoop(
  action: CompiledAction,
  query: number,
  values: ArrayLike<number>,
  relations: readonly Relation[],
): boolean {
  if (!action.canBeNoop) return false
  const guaranteed = action.guaranteed[query]
  for (const { change } of action.effects) {
    if (change.value && !guaranteed.some((fact) => fact.value && sameFact(fact, change, values)))
      return false
  }
  return changesOf(action, values, relations).every((change) =>
    guaranteed.some((fact) => fact.value === change.value && sameFact(fact, change, values)),
  )
}
