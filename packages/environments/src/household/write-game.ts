import { IcrlError } from '@icrl/core'
import { alfredDomain } from './alfred-domain.ts'
import { alfredGrammar } from './alfred-grammar.ts'
import { fitsIn, movableReceptacles } from './containment.ts'
import type { HouseholdGame } from './household-game.ts'
import type {
  HouseholdGoal,
  HouseholdTask,
  HouseholdWorld,
  WorldObject,
} from './household-world.ts'
import { mangleId } from './name-entities.ts'

const flags = {
  pickupable: 'pickupable',
  holder: 'isReceptacleObject',
  cleanable: 'cleanable',
  heatable: 'heatable',
  coolable: 'coolable',
  sliceable: 'sliceable',
  toggleable: 'toggleable',
  clean: 'isClean',
  hot: 'isHot',
  cool: 'isCool',
} as const satisfies Partial<Record<keyof WorldObject, string>>

const treated: Partial<Record<HouseholdTask, string>> = {
  pick_clean_then_place_in_recep: '(cleanable ?o) (isClean ?o)',
  pick_heat_then_place_in_recep: '(heatable ?o) (isHot ?o)',
  pick_cool_then_place_in_recep: '(coolable ?o) (isCool ?o)',
}

/**
 * The task sentence, without "Your task is to: " and full stop.
 *
 * @example
 * goalSentence({
 *   type: 'pick_heat_then_place_in_recep',
 *   object: 'Mug',
 *   receptacle: 'Shelf',
 *   template: 1,
 * }) // 'heat some mug and put it in shelf'
 */
export function goalSentence({
  type,
  object,
  receptacle = '',
  toggle = '',
  template,
}: HouseholdGoal): string {
  const o = object.toLowerCase()
  const r = receptacle.toLowerCase()
  const t = toggle.toLowerCase()
  const sentences: Record<HouseholdTask, readonly [string, string]> = {
    pick_and_place_simple: [`put a ${o} in ${r}`, `put some ${o} on ${r}`],
    look_at_obj_in_light: [`look at ${o} under the ${t}`, `examine the ${o} with the ${t}`],
    pick_clean_then_place_in_recep: [
      `put a clean ${o} in ${r}`,
      `clean some ${o} and put it in ${r}`,
    ],
    pick_heat_then_place_in_recep: [`put a hot ${o} in ${r}`, `heat some ${o} and put it in ${r}`],
    pick_cool_then_place_in_recep: [`put a cool ${o} in ${r}`, `cool some ${o} and put it in ${r}`],
    pick_two_obj_and_place: [`put two ${o} in ${r}`, `find two ${o} and put them in ${r}`],
  }
  return sentences[type][template]
}

function goalCondition({ type, object, receptacle, toggle }: HouseholdGoal): string {
  const placed = (o: string): string =>
    `(objectType ${o} ${object}Type) (receptacleType ?r ${receptacle}Type) (inReceptacle ${o} ?r)`
  if (type === 'look_at_obj_in_light') {
    const lit = `(objectType ?t ${toggle}Type) (toggleable ?t) (isToggled ?t) (receptacleAtLocation ?r ?l) (atLocation ?a ?l) (inReceptacle ?t ?r)`
    return `(and (exists (?t - object ?r - receptacle ?a - agent ?l - location) (and ${lit})) (exists (?o - object ?a - agent) (and (objectType ?o ${object}Type) (holds ?a ?o))))`
  }
  if (type === 'pick_two_obj_and_place') {
    return `(exists (?r - receptacle) (exists (?o1 - object) (and ${placed('?o1')} (exists (?o2 - object) (and (not (= ?o1 ?o2)) ${placed('?o2')})))))`
  }
  return `(exists (?r - receptacle) (exists (?o - object) (and ${placed('?o')} ${treated[type] ?? ''})))`
}

function factsOf(world: HouseholdWorld, types: readonly string[]): string[] {
  const facts = ['(= (total-cost) 0)', `(atLocation agent1 ${world.agent})`]
  const spot = new Map(world.receptacles.map(({ id, location }) => [id, location]))
  for (const { id, type, location, openable, open } of world.receptacles) {
    facts.push(`(receptacleType ${id} ${type}Type)`, `(receptacleAtLocation ${id} ${location})`)
    if (openable) facts.push(`(openable ${id})`)
    if (open) facts.push(`(opened ${id})`)
  }
  for (const object of world.objects) {
    const { id, type, inside } = object
    if (object.in !== undefined && !spot.has(object.in)) {
      throw new IcrlError(`world ${world.name}: ${id} lies in ${object.in}, which is not there.`, {
        code: 'invalid-option',
        remedy: 'List the receptacle.',
      })
    }
    const location = object.in === undefined ? object.location : spot.get(object.in)
    facts.push(`(objectType ${id} ${type}Type)`)
    if (object.in !== undefined) facts.push(`(inReceptacle ${id} ${object.in})`)
    if (location !== undefined) facts.push(`(objectAtLocation ${id} ${location})`)
    if (inside !== undefined) facts.push(`(inReceptacleObject ${id} ${inside})`)
    for (const [key, fact] of Object.entries(flags))
      if (object[key as keyof typeof flags]) facts.push(`(${fact} ${id})`)
  }
  for (const receptacle of new Set(world.receptacles.map(({ type }) => type))) {
    for (const type of types)
      if (fitsIn(type, receptacle)) facts.push(`(canContain ${receptacle}Type ${type}Type)`)
  }
  return facts
}

/**
 * Writes a world as a game that this project and ALFWorld's engine play alike.
 *
 * @param walkthrough commands that win it, if known
 * @throws IcrlError `invalid-option` if an object lies in a receptacle that is not listed
 * @example
 * const text = JSON.stringify(writeGame(generateWorld({ seed: 1 }))) // the content of a game.tw-pddl
 */
export function writeGame(world: HouseholdWorld, walkthrough?: readonly string[]): HouseholdGame {
  const { task, receptacles, objects } = world
  const goal = goalSentence(task)
  const objectTypes = [
    ...new Set([
      ...objects.map(({ type }) => type),
      task.object,
      task.toggle ?? task.object,
      'Knife',
      'ButterKnife',
    ]),
  ].sort()
  const receptacleTypes = [
    ...new Set([
      ...receptacles.map(({ type }) => type),
      task.receptacle ?? 'Fridge',
      'Fridge',
      'Microwave',
      'SinkBasin',
    ]),
  ].sort()
  const locations = [
    ...new Set([
      world.agent,
      ...receptacles.map(({ location }) => location),
      ...objects.flatMap(({ location }) => location ?? []),
    ]),
  ].sort()
  const declared = [
    'agent1 - agent',
    ...objectTypes.map((type) => `${type}Type - otype`),
    ...receptacleTypes
      .filter((type) => !movableReceptacles.has(type))
      .map((type) => `${type}Type - rtype`),
    ...objects.map(({ id }) => `${mangleId(id)} - object`),
    ...receptacles.map(({ id }) => `${mangleId(id)} - receptacle`),
    ...locations.map((location) => `${mangleId(location)} - location`),
  ]
  const facts = factsOf(world, objectTypes).map((fact) =>
    fact.startsWith('(=') ? fact : mangleId(fact),
  )
  const problem = [
    `(define (problem ${world.name.replace(/[^\w-]/g, '_')})`,
    '  (:domain alfred)',
    '  (:objects',
    ...declared.map((row) => `    ${row}`),
    '  )',
    '  (:init',
    ...facts.map((row) => `    ${row}`),
    '  )',
  ]
  return {
    game: world.name,
    goal,
    pddl_domain: alfredDomain,
    grammar: alfredGrammar(goal),
    pddl_problem: `${problem.join('\n')}\n  (:goal ${goalCondition(task)})\n)\n`,
    solvable: walkthrough !== undefined,
    walkthrough: walkthrough ?? null,
    world,
  }
}
