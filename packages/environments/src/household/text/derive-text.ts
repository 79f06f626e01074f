import { IcrlError } from '@icrl/core'
import { holds, type Relation } from '../pddl/relation.ts'
import type { Grammar } from './parse-grammar.ts'
import type { TextAtom } from './parse-query.ts'
import type { TextPart, TextTerm } from './parse-text.ts'

/** What a placeholder stands for; a chain, with the latest first. */
export interface Binding {
  readonly name: string
  readonly type: string
  readonly entity: number
  readonly rest: Binding | undefined
}

/** The world that the grammar describes. */
export interface TextWorld {
  readonly grammar: Grammar
  /** Displayed name and id of each entity. */
  readonly names: readonly string[]
  readonly ids: readonly string[]
  /** 1 for the entities of a type. */
  members(type: string): Uint8Array
  /** The present facts of a predicate; undefined if there is none of that name. */
  relation(predicate: string): Relation | undefined
}

const maxPieces = 100_000
const maxDepth = 60

function find(binding: Binding | undefined, name: string, type?: string): Binding | undefined {
  for (let b = binding; b; b = b.rest)
    if (b.name === name && (type === undefined || b.type === type)) return b
  return undefined
}

function isUsed(binding: Binding | undefined, entity: number): boolean {
  for (let b = binding; b; b = b.rest) if (b.entity === entity) return true
  return false
}

type Emit = (binding: Binding | undefined) => boolean

/**
 * Finds the ways to satisfy atoms in order, with facts in ascending order of their entities.
 * Different placeholders stand for different entities. Calls `emit` until it returns true.
 */
function matchAtoms(
  world: TextWorld,
  atoms: readonly TextAtom[],
  at: number,
  binding: Binding | undefined,
  emit: Emit,
): boolean {
  if (at === atoms.length) return emit(binding)
  const { predicate, args } = atoms[at]
  const relation = world.relation(predicate)
  if (!relation) return false
  const [first, second] = args
  if (!first) return holds(relation, 0, 0) && matchAtoms(world, atoms, at + 1, binding, emit)
  const known = find(binding, first.name, first.type)
  if (known) return matchSecond(world, atoms, at, relation, known.entity, binding, emit)
  const allowed = world.members(first.type)
  const knownSecond = second && find(binding, second.name, second.type)
  const candidates = knownSecond ? relation.bySecond[knownSecond.entity] : relation.byFirst.keys()
  for (const entity of candidates) {
    if (relation.byFirst[entity].length === 0 || allowed[entity] !== 1 || isUsed(binding, entity))
      continue
    if (
      matchSecond(
        world,
        atoms,
        at,
        relation,
        entity,
        { name: first.name, type: first.type, entity, rest: binding },
        emit,
      )
    )
      return true
  }
  return false
}

/** The rest of an atom whose first argument is `a`, and the atoms after it. */
function matchSecond(
  world: TextWorld,
  atoms: readonly TextAtom[],
  at: number,
  relation: Relation,
  a: number,
  binding: Binding | undefined,
  emit: Emit,
): boolean {
  const second = atoms[at].args[1]
  if (!second) return holds(relation, a, a) && matchAtoms(world, atoms, at + 1, binding, emit)
  const known = find(binding, second.name, second.type)
  if (known)
    return holds(relation, a, known.entity) && matchAtoms(world, atoms, at + 1, binding, emit)
  const allowed = world.members(second.type)
  for (const entity of relation.byFirst[a]) {
    if (allowed[entity] !== 1 || isUsed(binding, entity)) continue
    if (
      matchAtoms(
        world,
        atoms,
        at + 1,
        { name: second.name, type: second.type, entity, rest: binding },
        emit,
      )
    )
      return true
  }
  return false
}

/**
 * Writes out a text: symbols by the first of their rules whose condition holds, lists with the
 * grammar's own separators.
 *
 * @throws IcrlError `corrupt-file` if a symbol or variable is unknown, no rule applies, or the
 * grammar does not come to an end
 */
export function deriveText(
  world: TextWorld,
  parts: readonly TextPart[],
  binding: Binding | undefined,
): string {
  let budget = maxPieces
  const fail = (what: string): IcrlError =>
    new IcrlError(`grammar: ${what}.`, { code: 'corrupt-file', remedy: 'Fix the game’s grammar.' })
  const term = (value: TextTerm, bound: Binding | undefined): string => {
    if ('literal' in value) return value.literal
    if (value.field === 'article') return 'a'
    const found = find(bound, value.variable)
    if (!found) throw fail(`{${value.variable}} stands for nothing here`)
    return value.field === 'name' ? world.names[found.entity] : world.ids[found.entity]
  }
  const symbol = (name: string, bound: Binding | undefined, depth: number): string => {
    const rules = world.grammar.rules.get(name)
    const rule = rules?.find(
      ({ condition }) =>
        condition.length === 0 || matchAtoms(world, condition, 0, bound, () => true),
    )
    if (!rule) throw fail(rules ? `no rule of #${name}# applies` : `no symbol #${name}#`)
    return write(rule.parts, bound, depth + 1)
  }
  const each = (
    part: TextPart & { kind: 'each' },
    bound: Binding | undefined,
    depth: number,
  ): string => {
    const texts: string[] = []
    matchAtoms(world, part.given, 0, bound, (match) => {
      texts.push(write([part.piece], match, depth + 1))
      return false
    })
    if (!part.list) return texts.join('')
    if (texts.length === 0) return symbol('list_empty', bound, depth)
    if (texts.length === 1) return texts[0]
    const last = texts.pop()!
    return (
      texts.join(texts.length > 1 ? symbol('list_separator', bound, depth) : '') +
      symbol('list_last_separator', bound, depth) +
      last
    )
  }
  const write = (
    pieces: readonly TextPart[],
    bound: Binding | undefined,
    depth: number,
  ): string => {
    if (depth > maxDepth || (budget -= pieces.length) < 0) throw fail('it does not come to an end')
    let text = ''
    for (const piece of pieces) {
      if (piece.kind === 'literal') text += piece.text
      else if (piece.kind === 'symbol') text += symbol(piece.name, bound, depth)
      else if (piece.kind === 'each') text += each(piece, bound, depth)
      else for (const value of piece.terms) text += term(value, bound)
    }
    return text
  }
  return write(parts, binding, 0)
}
