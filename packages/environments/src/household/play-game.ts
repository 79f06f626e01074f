import { argument, changesOf, isNoop, type CompiledAction } from './compile-action.ts'
import type { CompiledGame } from './compile-game.ts'
import { copyRelation, holds, setPair, type Relation } from './pddl/relation.ts'
import { deriveText, type Binding, type TextWorld } from './text/derive-text.ts'

/** What the game shows after the start or a command. */
export interface HouseholdTurn {
  /**
   * What the player is told: the engine's text without the banner and without "You arrive at loc N.
   * ".
   */
  readonly observation: string
  /** The engine's own text. */
  readonly raw: string
  /** Whether the goal holds. */
  readonly won: boolean
  /** Won, or out of steps. */
  readonly done: boolean
}

/** One play of a game. */
export interface HouseholdPlay {
  /** What is played. */
  readonly game: CompiledGame
  /** The last turn. */
  readonly turn: HouseholdTurn
  /** Actions so far. */
  readonly steps: number
  /** Exactly these commands are accepted; sorted, without duplicates. */
  admissible(): readonly string[]
  /**
   * Plays a command. Any other command is answered with "Nothing happens." and counts as a step.
   * After the end the last turn is repeated.
   */
  step(command: string): HouseholdTurn
  /** Present facts of a predicate, as pairs of entities. */
  relation(predicate: string): Relation | undefined
  /** Changing facts, counters and last turn, as JSON text. */
  snapshot(): string
  /** Restores what `snapshot` returned, of the same game. */
  restore(snapshot: string): void
}

interface Operator {
  readonly action: CompiledAction
  readonly values: Int32Array
}

const blanks =
  '[\\t-\\r\\x1c-\\x20\\x85\\xa0\\u1680\\u2000-\\u200a\\u2028\\u2029\\u202f\\u205f\\u3000]+'
const outerBlanks = new RegExp(`^${blanks}|${blanks}$`, 'g')

/** Python's `str.strip()`: its set of blanks differs from JavaScript's `trim`. */
function strip(text: string): string {
  return text.replace(outerBlanks, '')
}

const arrival = 'You arrive at loc '

interface State {
  relations: Relation[]
  steps: number
  turn: HouseholdTurn
  /** Commands of the present state, found when first needed and kept while no fact changes. */
  operators: Map<string, Operator> | undefined
  commands: readonly string[] | undefined
}

/**
 * Starts a game.
 *
 * @param options.maxSteps commands after which the play ends; default 50, as in ALFWorld and
 * AgentGym
 * @example
 * const play = playGame(compileGame(writeGame(generateWorld({ seed: 1 })), 'a generated game'))
 * play.step(play.admissible()[0]).observation
 */
export function playGame(
  game: CompiledGame,
  options: { readonly maxSteps?: number } = {},
): HouseholdPlay {
  const { maxSteps = 50 } = options
  const world: TextWorld = {
    grammar: game.grammar,
    names: game.names,
    ids: game.ids,
    members: game.members,
    relation: (predicate) => {
      const index = game.predicates.get(predicate)
      return index === undefined ? undefined : state.relations[index]
    },
  }
  const state: State = {
    relations: game.initial.slice(),
    steps: 0,
    turn: { observation: '', raw: '', won: false, done: false },
    operators: undefined,
    commands: undefined,
  }
  const turnOf = (raw: string, observation: string): HouseholdTurn => {
    const won = game.goal.some((query) => query.run(state.relations, () => true))
    return { observation, raw, won, done: won || state.steps >= maxSteps }
  }
  const operators = (): Map<string, Operator> =>
    (state.operators ??= findOperators(game, world, state.relations))
  const intro = deriveText(world, [{ kind: 'symbol', name: 'intro' }], undefined)
  state.turn = { ...turnOf(intro, intro.split('\n\n').slice(1).join('\n')), done: false }
  return {
    game,
    get turn() {
      return state.turn
    },
    get steps() {
      return state.steps
    },
    admissible: () => (state.commands ??= [...operators().keys()].sort()),
    step: (command) => {
      if (state.turn.done) return state.turn
      const operator = operators().get(strip(command))
      state.steps++
      if (!operator) return (state.turn = turnOf('Nothing happens.', 'Nothing happens.'))
      apply(game, state, operator)
      const raw = deriveText(world, operator.action.text.feedback, bindingOf(operator))
      return (state.turn = turnOf(
        raw,
        raw.startsWith(arrival) ? raw.slice(raw.indexOf('. ') + 2) : raw,
      ))
    },
    relation: world.relation,
    snapshot: () =>
      JSON.stringify({
        steps: state.steps,
        turn: state.turn,
        facts: changedFacts(game, state.relations),
      }),
    restore: (snapshot) => {
      const kept = JSON.parse(snapshot) as {
        steps: number
        turn: HouseholdTurn
        facts: readonly (readonly [number, number, number])[]
      }
      state.relations = game.initial.slice()
      for (const [relation, a, b] of kept.facts)
        toggle(game, state.relations, relation, a, b, !holds(state.relations[relation], a, b))
      state.steps = kept.steps
      state.turn = kept.turn
      forget(state)
    },
  }
}

function bindingOf({ action, values }: Operator): Binding | undefined {
  let binding: Binding | undefined
  action.parameters.forEach(
    ({ name, type }, i) => (binding = { name, type, entity: values[i], rest: binding }),
  )
  return binding
}

/** The accepted commands, each with the first operator that has it. */
function findOperators(
  game: CompiledGame,
  world: TextWorld,
  relations: readonly Relation[],
): Map<string, Operator> {
  const found = new Map<string, Operator>()
  for (const action of game.actions) {
    action.queries.forEach((query, which) => {
      query.run(relations, (values) => {
        if (isNoop(action, which, values, relations)) return false
        const command = commandOf(action, values, world)
        if (!found.has(command))
          found.set(command, { action, values: values.slice(0, action.parameters.length) })
        return false
      })
    })
  }
  return found
}

function commandOf(action: CompiledAction, values: Int32Array, world: TextWorld): string {
  if (!action.commandKey)
    return deriveText(world, action.text.template, bindingOf({ action, values }))
  let key = 0
  for (const i of action.commandKey) key = key * world.ids.length + values[i]
  let command = action.commands.get(key)
  if (command === undefined)
    action.commands.set(
      key,
      (command = deriveText(world, action.text.template, bindingOf({ action, values }))),
    )
  return command
}

/**
 * Changes a fact. A relation is copied before its first change, because the game's own is shared.
 */
function toggle(
  game: CompiledGame,
  relations: Relation[],
  relation: number,
  a: number,
  b: number,
  value: boolean,
): void {
  if (relations[relation] === game.initial[relation])
    relations[relation] = copyRelation(relations[relation])
  setPair(relations[relation], a, b, value)
}

function apply(game: CompiledGame, state: State, { action, values }: Operator): void {
  for (const { relation, a, b, value } of changesOf(action, values, state.relations)) {
    const first = argument(a, values)
    const second = argument(b, values)
    toggle(game, state.relations, relation, first, second, value)
    const negation = game.negations.get(relation)
    if (negation !== undefined) toggle(game, state.relations, negation, first, second, !value)
    forget(state)
  }
}

function forget(state: State): void {
  state.operators = undefined
  state.commands = undefined
}

function changedFacts(
  game: CompiledGame,
  relations: readonly Relation[],
): [number, number, number][] {
  const changed: [number, number, number][] = []
  relations.forEach((relation, index) => {
    const initial = game.initial[index]
    if (relation === initial) return
    game.ids.forEach((_, a) => {
      for (const b of relation.byFirst[a]) if (!holds(initial, a, b)) changed.push([index, a, b])
      for (const b of initial.byFirst[a]) if (!holds(relation, a, b)) changed.push([index, a, b])
    })
  })
  return changed
}
