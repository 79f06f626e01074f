import { IcrlError } from '@icrl/core'
import { compileAction, type CompiledAction } from './compile-action.ts'
import type { HouseholdGame } from './household-game.ts'
import { nameEntities } from './name-entities.ts'
import { compileQuery, type Query, type Vocabulary } from './pddl/query.ts'
import { readDomain, type Domain } from './pddl/read-domain.ts'
import { readProblem, type Problem } from './pddl/read-problem.ts'
import { emptyRelation, setPair, type Relation } from './pddl/relation.ts'
import { parseGrammar, type Grammar } from './text/parse-grammar.ts'
import type { TextPart } from './text/parse-text.ts'

/** A game ready to be played; shared by all its episodes and never changed. */
export interface CompiledGame {
  /** Its grammar's text. */
  readonly source: string
  /** Lower-case ids, ascending; an entity is its index. */
  readonly ids: readonly string[]
  /** What the player reads: "mug 2". */
  readonly names: readonly string[]
  /** The world at its start. */
  readonly problem: Problem
  /** The words for what happens. */
  readonly grammar: Grammar
  /** All that can be done. */
  readonly actions: readonly CompiledAction[]
  /** What must hold for it to be won. */
  readonly goal: readonly Query[]
  /** Facts at the start, by a predicate's index in `predicates`. */
  readonly initial: readonly Relation[]
  /** Number of each predicate. */
  readonly predicates: ReadonlyMap<string, number>
  /**
   * From a predicate's index to that of its `not_…` in the grammar: the facts that were made false.
   */
  readonly negations: ReadonlyMap<number, number>
  /** `[entities]` 1 for the entities of the type. */
  members(type: string): Uint8Array
}

const recent = new Map<string, Domain>()

/** Games of one set share their domain's text, so it is parsed once. */
function domainOf(text: string, source: string): Domain {
  const known = recent.get(text)
  if (known) return known
  const domain = readDomain(text, `${source}, pddl_domain`)
  if (domain.name !== 'alfred') {
    throw new IcrlError(
      `${source}: its domain is "${domain.name.slice(0, 60)}", not ALFWorld’s "alfred".`,
      { code: 'unsupported', remedy: 'Give a game.tw-pddl file of ALFWorld.' },
    )
  }
  if (recent.size >= 4) recent.clear()
  recent.set(text, domain)
  return domain
}

function predicatesIn(parts: readonly TextPart[]): string[] {
  return parts.flatMap((part) =>
    part.kind === 'each'
      ? [...part.given.map(({ predicate }) => predicate), ...predicatesIn([part.piece])]
      : [],
  )
}

function predicatesOfGrammar({ rules, actions }: Grammar): Set<string> {
  const found = [...rules.values()]
    .flat()
    .flatMap(({ condition, parts }) => [
      ...condition.map(({ predicate }) => predicate),
      ...predicatesIn(parts),
    ])
  return new Set([
    ...found,
    ...[...actions.values()].flatMap(({ template, feedback }) =>
      predicatesIn([...template, ...feedback]),
    ),
  ])
}

function membership(
  ids: readonly string[],
  domain: Domain,
  problem: Problem,
): (type: string) => Uint8Array {
  const typeOf = new Map(problem.objects.map(({ name, type }) => [name, type]))
  const isA = (type: string, wanted: string, seen: readonly string[] = []): boolean =>
    type === wanted ||
    (!seen.includes(type) &&
      (domain.supertypes.get(type) ?? []).some((parent) => isA(parent, wanted, [...seen, type])))
  const kept = new Map<string, Uint8Array>()
  return (type) => {
    const known =
      kept.get(type) ??
      Uint8Array.from(ids, (id) => (type === 'object' || isA(typeOf.get(id)!, type) ? 1 : 0))
    kept.set(type, known)
    return known
  }
}

/** Numbers only entities that appear in some fact, as the engine does. */
function namesOf(ids: readonly string[], problem: Problem): string[] {
  const present = new Set(problem.init.flatMap(({ args }) => args))
  const named = ids.filter((id) => present.has(id))
  const names = new Map(nameEntities(named).map((name, i) => [named[i], name]))
  return ids.map((id) => names.get(id) ?? id)
}

/**
 * Prepares a game for playing: reads domain, problem and grammar, numbers and names the entities,
 * and orders the searches.
 *
 * @param source where the game comes from, for errors
 * @throws IcrlError `unsupported` for another domain than ALFWorld's or PDDL beyond what is read
 * here, `corrupt-file` if a text cannot be read
 * @example
 * const play = playGame(compileGame(writeGame(generateWorld({ seed: 1 })), 'a generated game'))
 */
export function compileGame(game: HouseholdGame, source: string): CompiledGame {
  const domain = domainOf(game.pddl_domain, source)
  const problem = readProblem(game.pddl_problem, domain, `${source}, pddl_problem`)
  const grammar = parseGrammar(game.grammar, `${source}, grammar`)
  const ids = problem.objects.map(({ name }) => name).sort()
  const indices = new Map(ids.map((id, i) => [id, i]))
  const predicates = new Map([...domain.arity.keys()].map((name, i) => [name, i]))
  const inGrammar = predicatesOfGrammar(grammar)
  const negations = new Map<number, number>()
  for (const name of inGrammar) {
    const positive = name.startsWith('not_') ? predicates.get(name.slice(4)) : undefined
    if (positive !== undefined && !predicates.has(name))
      negations.set(positive, predicates.set(name, predicates.size).size - 1)
  }
  const initial = Array.from({ length: predicates.size }, () => emptyRelation(ids.length))
  const own = initial.map(({ byFirst, bySecond }) => ({
    byFirst: byFirst.slice(),
    bySecond: bySecond.slice(),
  }))
  for (const { predicate, args } of problem.init) {
    const a = args.length > 0 ? indices.get(args[0])! : 0
    setPair(own[predicates.get(predicate)!], a, args.length > 1 ? indices.get(args[1])! : a, true)
  }
  const members = membership(ids, domain, problem)
  const vocabulary: Vocabulary = {
    count: ids.length,
    entity: (name) => indices.get(name),
    predicate: (name) => predicates.get(name)!,
    members,
  }
  const literals = [
    ...domain.actions.flatMap(({ precondition, effects }) => [
      ...precondition.flatMap((c) => c.literals),
      ...effects.flatMap((e) => e.when),
    ]),
    ...problem.goal.flatMap((c) => c.literals),
  ]
  const asked = new Set([
    ...literals.map(({ predicate }) => predicate),
    ...[...inGrammar].flatMap((name) => [name, name.replace(/^not_/, '')]),
  ])
  const changing = new Set(
    domain.actions.flatMap(({ effects }) => effects.map(({ literal }) => literal.predicate)),
  )
  const actions = domain.actions.map((schema) => {
    const text = grammar.actions.get(schema.name)
    if (!text)
      throw new IcrlError(`${source}: the grammar has no action ${schema.name}.`, {
        code: 'corrupt-file',
        remedy: 'Use the grammar that belongs to the domain.',
      })
    return compileAction(
      schema,
      text,
      vocabulary,
      own,
      (name) => asked.has(name),
      (name) => !changing.has(name.replace(/^not_/, '')),
    )
  })
  const goal = problem.goal.flatMap(
    (conjunction) => compileQuery(conjunction, [], vocabulary, own) ?? [],
  )
  return {
    source,
    ids,
    names: namesOf(ids, problem),
    problem,
    grammar,
    actions,
    goal,
    initial: own,
    predicates,
    negations,
    members,
  }
}
