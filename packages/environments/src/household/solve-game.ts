import type { HouseholdPlay } from './play-game.ts'
import { readWish, type Wish } from './read-wish.ts'

/** Commands planned so far, and where they leave the player. */
interface Plan {
  readonly commands: string[]
  readonly opened: Set<number>
  here: number | undefined
}

interface View {
  readonly entities: readonly number[]
  name(entity: number): string
  /** The facts predicate(entity, …): the other entities. */
  of(predicate: string, entity: number): readonly number[]
  is(predicate: string, entity: number): boolean
  /** Whether the game says "move … to …", as ALFWorld 0.4 does, and not "put … in/on …". */
  readonly saysMove: boolean
}

function viewOf(play: HouseholdPlay): View {
  const first = play.game.actions.find(({ name }) => name === 'putobject')?.text.template[0]
  const saysMove = first?.kind === 'literal' && first.text.startsWith('move ')
  const of: View['of'] = (predicate, entity) => play.relation(predicate)?.byFirst[entity] ?? []
  return {
    entities: play.game.ids.map((_, i) => i),
    name: (entity) => play.game.names[entity],
    of,
    is: (predicate, entity) => of(predicate, entity).length > 0,
    saysMove,
  }
}

function go(plan: Plan, view: View, receptacle: number, open: boolean): void {
  const [there] = view.of('receptacleatlocation', receptacle)
  if (there !== plan.here) plan.commands.push(`go to ${view.name(receptacle)}`)
  plan.here = there
  if (!open || !view.is('openable', receptacle) || plan.opened.has(receptacle)) return
  plan.commands.push(`open ${view.name(receptacle)}`)
  plan.opened.add(receptacle)
}

function put(plan: Plan, view: View, object: number, receptacle: number): void {
  go(plan, view, receptacle, true)
  plan.commands.push(
    view.saysMove
      ? `move ${view.name(object)} to ${view.name(receptacle)}`
      : `put ${view.name(object)} in/on ${view.name(receptacle)}`,
  )
}

/** Takes each wanted object, treats it and brings it to the target, or to the lamp. */
function bring(
  plan: Plan,
  view: View,
  wish: Wish,
  objects: readonly number[],
  target: number | undefined,
  lamp: number | undefined,
  appliance: number | undefined,
): boolean {
  for (const object of objects) {
    const [place] = view.of('inreceptacle', object)
    if (place !== undefined) {
      go(plan, view, place, true)
      plan.commands.push(`take ${view.name(object)} from ${view.name(place)}`)
    }
    if (lamp !== undefined) {
      go(plan, view, view.of('inreceptacle', lamp)[0], false)
      plan.commands.push(`use ${view.name(lamp)}`)
      return true
    }
    if (wish.treatment && !view.is(wish.treatment.fact, object)) {
      if (appliance === undefined) return false
      go(plan, view, appliance, false)
      plan.commands.push(`${wish.treatment.verb} ${view.name(object)} with ${view.name(appliance)}`)
    }
    put(plan, view, object, target!)
  }
  return true
}

/**
 * An expert with full knowledge: returns commands that win from the present state, in games of the
 * six task types; undefined if it knows no way.
 *
 * @example
 * const play = playGame(compileGame(writeGame(generateWorld({ seed: 1 })), 'example'))
 * for (const command of solveGame(play) ?? []) play.step(command)
 * play.turn.won // true
 */
export function solveGame(play: HouseholdPlay): string[] | undefined {
  const { game } = play
  const wish = game.problem.goal.length === 1 ? readWish(game.problem.goal[0], game) : undefined
  if (!wish) return undefined
  const view = viewOf(play)
  const { entities, of, is } = view
  const plan: Plan = {
    commands: [],
    opened: new Set(entities.filter((entity) => is('opened', entity))),
    here: entities.flatMap((entity) => of('atlocation', entity))[0],
  }
  const receptacles = entities.filter((entity) => is('receptacleatlocation', entity))
  const isWanted = (object: number): boolean => of('objecttype', object).includes(wish.object)
  const isReady = (object: number): boolean => !wish.treatment || is(wish.treatment.fact, object)
  const [held] = entities.flatMap((entity) => of('holds', entity))
  if (held !== undefined && !isWanted(held)) {
    const fits = (receptacle: number): boolean =>
      of('objecttype', held).some((type) =>
        of('receptacletype', receptacle).some((kind) => of('cancontain', kind).includes(type)),
      )
    const place = receptacles.find(fits)
    if (place === undefined) return undefined
    put(plan, view, held, place)
  }
  const lying = entities.filter(
    (entity) => is('inreceptacle', entity) && isWanted(entity) && is('pickupable', entity),
  )
  const arrived = (target: number | undefined): number[] =>
    lying.filter(
      (object) =>
        target !== undefined && of('inreceptacle', object)[0] === target && isReady(object),
    )
  const targets = receptacles.filter(
    (receptacle) =>
      wish.receptacle !== undefined && of('receptacletype', receptacle).includes(wish.receptacle),
  )
  const target = targets.sort((a, b) => arrived(b).length - arrived(a).length)[0]
  const lamp = entities.find(
    (entity) =>
      wish.lamp !== undefined &&
      of('objecttype', entity).includes(wish.lamp) &&
      is('inreceptacle', entity),
  )
  const appliance = receptacles.find((receptacle) =>
    of('receptacletype', receptacle).some((type) => game.ids[type] === wish.treatment?.appliance),
  )
  const missing = wish.count - arrived(target).length
  const candidates = [
    ...(held !== undefined && isWanted(held) ? [held] : []),
    ...lying.filter((object) => !arrived(target).includes(object)),
  ]
  if ((lamp === undefined && target === undefined) || candidates.length < missing) return undefined
  return bring(plan, view, wish, candidates.slice(0, missing), target, lamp, appliance)
    ? plan.commands
    : undefined
}
