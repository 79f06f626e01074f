import { IcrlError, randomStream } from '@icrl/core'
import { drawsFrom, type Draws } from '../draws.ts'
import {
  affordances,
  contentsOf,
  fitsIn,
  movableReceptacles,
  openableReceptacles,
} from './containment.ts'
import {
  householdTasks,
  type HouseholdGoal,
  type HouseholdTask,
  type HouseholdWorld,
  type WorldObject,
  type WorldReceptacle,
} from './household-world.ts'
import { rooms, type Room } from './rooms.ts'

/** Options of {@link generateWorld}. */
export interface GenerateWorldOptions {
  /** Another seed makes another world. */
  readonly seed: number
  /** The type of its task. @defaultValue drawn from the seed */
  readonly task?: HouseholdTask
  /** Number of receptacles: 4–7, 8–15 or 16–40. @defaultValue `medium` */
  readonly size?: 'small' | 'medium' | 'large'
  /** The name of the world. @defaultValue its task, its size and its seed */
  readonly name?: string
}

const sizes = { small: [4, 7, 6], medium: [8, 15, 18], large: [16, 40, 40] } as const
const attempts = 100

const treatment = {
  pick_clean_then_place_in_recep: { appliance: 'SinkBasin', able: affordances.cleanable },
  pick_heat_then_place_in_recep: { appliance: 'Microwave', able: affordances.heatable },
  pick_cool_then_place_in_recep: { appliance: 'Fridge', able: affordances.coolable },
} as const

const roomsFor: Record<HouseholdTask, readonly (keyof typeof rooms)[]> = {
  pick_and_place_simple: ['Kitchen', 'LivingRoom', 'Bedroom', 'Bathroom'],
  pick_two_obj_and_place: ['Kitchen', 'LivingRoom', 'Bedroom', 'Bathroom'],
  look_at_obj_in_light: ['LivingRoom', 'Bedroom'],
  pick_clean_then_place_in_recep: ['Kitchen', 'Bathroom'],
  pick_heat_then_place_in_recep: ['Kitchen'],
  pick_cool_then_place_in_recep: ['Kitchen'],
}

const coordinate = (draws: Draws, low: number, high: number): string => {
  const value = low + draws.uniform() * (high - low)
  return (value < 0 ? '-' : '+') + Math.abs(value).toFixed(2).padStart(5, '0')
}
const placeId = (type: string, draws: Draws): string => {
  const id = `${type.replace(/Basin$/, '')}|${coordinate(draws, -3, 3)}|${coordinate(draws, 0, 2)}|${coordinate(draws, -3, 3)}`
  return type.endsWith('Basin') ? `${id}|${type}` : id
}
const spot = (draws: Draws): string =>
  `loc|${draws.between(-12, 12)}|${draws.between(-12, 12)}|${draws.between(0, 3)}|${draws.pick([0, 30, 45, 60])}`

function drawReceptacles(
  room: Room,
  needed: readonly string[],
  size: keyof typeof sizes,
  draws: Draws,
): WorldReceptacle[] {
  const wanted = Object.entries(room.receptacles).flatMap(([type, [low, high]]) =>
    new Array<string>(draws.between(low, high)).fill(type),
  )
  const rest = draws.shuffled(wanted)
  const first = needed.map(
    (type) => rest.splice(rest.includes(type) ? rest.indexOf(type) : rest.length, 1)[0] ?? type,
  )
  const count = Math.max(first.length, draws.between(sizes[size][0], sizes[size][1]))
  const types = [...first, ...rest].slice(0, count)
  const plentiful = ['Cabinet', 'Drawer', 'Shelf'].filter((type) => type in room.receptacles)
  while (types.length < count) types.push(draws.pick(plentiful))
  const locations: string[] = []
  return types.map((type) => {
    const location =
      locations.length > 0 && draws.chance(0.15) ? draws.pick(locations) : spot(draws)
    locations.push(location)
    const openable = openableReceptacles.has(type)
    return {
      id: placeId(type, draws),
      type,
      location,
      ...(openable ? { openable, open: draws.chance(0.1) } : {}),
    }
  })
}

function thing(type: string, where: string, draws: Draws): WorldObject {
  const holder = movableReceptacles.has(type)
  const able = Object.fromEntries(
    Object.entries(affordances)
      .filter(([, types]) => types.has(type))
      .map(([flag]) => [flag, true]),
  )
  return {
    id: placeId(type, draws),
    type,
    in: where,
    pickupable: true,
    ...(holder ? { holder } : {}),
    ...able,
  }
}

function drawGoal(type: HouseholdTask, room: Room, draws: Draws): HouseholdGoal | undefined {
  const template = draws.between(0, 1) as 0 | 1
  const treated = type in treatment ? treatment[type as keyof typeof treatment] : undefined
  const object = draws.pick(room.things.filter((name) => treated?.able.has(name) ?? true))
  if (type === 'look_at_obj_in_light') return { type, object, toggle: 'DeskLamp', template }
  const targets = Object.keys(room.receptacles).filter(
    (name) => fitsIn(object, name) && name !== treated?.appliance,
  )
  return targets.length > 0
    ? { type, object, receptacle: draws.pick(targets), template }
    : undefined
}

function drawObjects(
  goal: HouseholdGoal,
  room: Room,
  receptacles: readonly WorldReceptacle[],
  size: keyof typeof sizes,
  draws: Draws,
): WorldObject[] | undefined {
  const objects: WorldObject[] = []
  const place = (type: string, among: readonly WorldReceptacle[]): boolean => {
    const places = among.filter((receptacle) => fitsIn(type, receptacle.type))
    if (places.length > 0) objects.push(thing(type, draws.pick(places).id, draws))
    return places.length > 0
  }
  const away = receptacles.filter(({ type }) => type !== goal.receptacle)
  const copies = (goal.type === 'pick_two_obj_and_place' ? 2 : 1) + draws.pick([0, 0, 1, 2])
  for (let i = 0; i < copies; i++) if (!place(goal.object, away)) return undefined
  // One may lie at the target already, but not yet clean, hot or cool.
  if (goal.type in treatment && draws.chance(0.3))
    place(
      goal.object,
      receptacles.filter(({ type }) => type === goal.receptacle),
    )
  if (goal.toggle) {
    const stands = receptacles.filter(({ type }) =>
      ['Desk', 'SideTable', 'Dresser', 'Shelf', 'CoffeeTable', 'DiningTable'].includes(type),
    )
    if (stands.length === 0) return undefined
    objects.push({
      id: placeId(goal.toggle, draws),
      type: goal.toggle,
      in: draws.pick(stands).id,
      toggleable: true,
    })
  }
  const others = room.things.filter((type) => type !== goal.object)
  for (let i = draws.between(Math.ceil(sizes[size][2] / 2), sizes[size][2]); i > 0; i--)
    place(draws.pick(others), receptacles)
  return objects.map((object) => {
    if (object.type === goal.object) return object
    const inside = objects.filter(
      (holder) =>
        holder.holder && holder.in === object.in && contentsOf(holder.type).includes(object.type),
    )
    return {
      ...object,
      ...(object.cleanable && draws.chance(0.08) ? { clean: true } : {}),
      ...(object.heatable && draws.chance(0.08)
        ? { hot: true }
        : object.coolable && draws.chance(0.08)
          ? { cool: true }
          : {}),
      ...(inside.length > 0 && draws.chance(0.4) ? { inside: draws.pick(inside).id } : {}),
    }
  })
}

/**
 * A world drawn from a seed: a room of one of ALFRED's four kinds with its receptacles and things,
 * and one of the six tasks. The task is not solved at the start, and it can be done.
 *
 * @throws IcrlError `invalid-option` for a seed that is not finite or an unknown task or size;
 * `unsupported` if no world was found for the seed
 * @example
 * generateWorld({ seed: 3, task: 'pick_heat_then_place_in_recep', size: 'small' }).task.object
 */
export function generateWorld(options: GenerateWorldOptions): HouseholdWorld {
  const { seed, size = 'medium' } = options
  const task =
    options.task ?? drawsFrom(randomStream(seed, 'household', 'task')).pick(householdTasks)
  if (!(size in sizes) || !householdTasks.includes(task)) {
    throw new IcrlError(
      `household: no ${size in sizes ? `task "${task}"` : `size "${String(size)}"`}.`,
      {
        code: 'invalid-option',
        remedy: `Use ${[...Object.keys(sizes), ...householdTasks].join(', ')}.`,
      },
    )
  }
  for (let attempt = 0; attempt < attempts; attempt++) {
    const draws = drawsFrom(randomStream(seed, 'household', task, size, attempt))
    const roomName = draws.pick(roomsFor[task])
    const room = rooms[roomName]
    const goal = drawGoal(task, room, draws)
    if (!goal) continue
    const appliance = task in treatment ? [treatment[task as keyof typeof treatment].appliance] : []
    const receptacles = drawReceptacles(
      room,
      [...new Set([...(goal.receptacle ? [goal.receptacle] : []), ...appliance])],
      size,
      draws,
    )
    const objects = drawObjects(goal, room, receptacles, size, draws)
    const ids = [...receptacles, ...(objects ?? [])].map(({ id }) => id)
    const agent = spot(draws)
    if (
      !objects ||
      new Set(ids).size < ids.length ||
      receptacles.some(({ location }) => location === agent)
    )
      continue
    return {
      name: options.name ?? `${task}-${size}-${seed}`,
      task: goal,
      room: roomName,
      size,
      agent,
      receptacles,
      objects,
    }
  }
  throw new IcrlError(
    `household: no ${size} world for ${task} with seed ${seed} in ${attempts} attempts.`,
    { code: 'unsupported', remedy: 'Use another seed.' },
  )
}
