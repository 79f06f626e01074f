import type { CompiledGame } from './compile-game.ts'
import type { Conjunction } from './pddl/formula.ts'

/** What a goal asks for, read from its formula; types and things are entities. */
export interface Wish {
  /** Type of the thing wanted, and how many of it. */
  readonly object: number
  readonly count: number
  /** Type of the receptacle they belong in. */
  readonly receptacle: number | undefined
  /** Type of the lamp that has to be lit. */
  readonly lamp: number | undefined
  readonly treatment:
    | { readonly fact: string; readonly verb: string; readonly appliance: string }
    | undefined
}

const treatments = [
  { fact: 'isclean', verb: 'clean', appliance: 'sinkbasintype' },
  { fact: 'ishot', verb: 'heat', appliance: 'microwavetype' },
  { fact: 'iscool', verb: 'cool', appliance: 'fridgetype' },
]

/** Reads a goal of one of the six task types; undefined for any other. */
export function readWish({ literals }: Conjunction, game: CompiledGame): Wish | undefined {
  const entity = (name: string | undefined): number | undefined =>
    name === undefined || !game.ids.includes(name) ? undefined : game.ids.indexOf(name)
  const toggled = literals.find(({ predicate }) => predicate === 'istoggled')?.args[0]
  const typed = literals.filter(({ predicate }) => predicate === 'objecttype')
  const objects = new Map(
    typed.filter(({ args }) => args[0] !== toggled).map(({ args }) => [args[0], args[1]]),
  )
  const object = entity([...objects.values()][0])
  if (object === undefined || new Set(objects.values()).size !== 1) return undefined
  return {
    object,
    count: objects.size,
    receptacle: entity(literals.find(({ predicate }) => predicate === 'receptacletype')?.args[1]),
    lamp: entity(typed.find(({ args }) => args[0] === toggled)?.args[1]),
    treatment: treatments.find(({ fact }) => literals.some(({ predicate }) => predicate === fact)),
  }
}
