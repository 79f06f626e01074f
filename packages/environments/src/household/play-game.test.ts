import { describe, expect, it } from 'vitest'
import { alfredDomain } from './alfred-domain.ts'
import { alfredGrammar } from './alfred-grammar.ts'
import { compileGame } from './compile-game.ts'
import type { HouseholdWorld } from './household-world.ts'
import { playGame } from './play-game.ts'
import { writeGame } from './write-game.ts'

/** A kitchen of five places, two of them at one spot. */
const kitchen: HouseholdWorld = {
  name: 'kitchen',
  task: { type: 'pick_heat_then_place_in_recep', object: 'Mug', receptacle: 'Shelf', template: 0 },
  agent: 'loc|0|0|0|30',
  receptacles: [
    { id: 'CounterTop|+00.00|+01.00|+00.00', type: 'CounterTop', location: 'loc|1|0|0|30' },
    { id: 'Drawer|+00.00|+00.50|+00.00', type: 'Drawer', location: 'loc|1|0|0|30', openable: true },
    {
      id: 'Microwave|+01.00|+01.00|+00.00',
      type: 'Microwave',
      location: 'loc|2|0|0|30',
      openable: true,
    },
    { id: 'Shelf|+02.00|+01.00|+00.00', type: 'Shelf', location: 'loc|3|0|0|30' },
    { id: 'Sink|+03.00|+01.00|+00.00|SinkBasin', type: 'SinkBasin', location: 'loc|4|0|0|30' },
  ],
  objects: [
    {
      id: 'Mug|+00.01|+01.00|+00.00',
      type: 'Mug',
      in: 'CounterTop|+00.00|+01.00|+00.00',
      pickupable: true,
      holder: true,
      heatable: true,
      cleanable: true,
      coolable: true,
    },
    {
      id: 'Knife|+00.02|+01.00|+00.00',
      type: 'Knife',
      in: 'CounterTop|+00.00|+01.00|+00.00',
      pickupable: true,
      cleanable: true,
    },
    {
      id: 'Apple|+00.03|+01.00|+00.00',
      type: 'Apple',
      in: 'CounterTop|+00.00|+01.00|+00.00',
      pickupable: true,
      heatable: true,
      sliceable: true,
      cleanable: true,
    },
    {
      id: 'Spoon|+00.04|+01.00|+00.00',
      type: 'Spoon',
      in: 'CounterTop|+00.00|+01.00|+00.00',
      pickupable: true,
      cleanable: true,
      inside: 'Mug|+00.01|+01.00|+00.00',
    },
  ],
}
const game = compileGame(writeGame(kitchen), 'kitchen')
const told = (commands: readonly string[]): string => {
  const play = playGame(game)
  for (const command of commands) play.step(command)
  return play.turn.observation
}

describe('playGame', () => {
  it('opens with the room and the task', () => {
    const { turn } = playGame(game)
    expect(turn).toEqual({
      observation:
        'You are in the middle of a room. Looking quickly around you, you see a countertop 1, a drawer 1, a microwave 1, a shelf 1, and a sinkbasin 1.\nYour task is to: put a hot mug in shelf.',
      raw: '-= Welcome to TextWorld, ALFRED! =-\n\nYou are in the middle of a room. Looking quickly around you, you see a countertop 1, a drawer 1, a microwave 1, a shelf 1, and a sinkbasin 1.\n\nYour task is to: put a hot mug in shelf.',
      won: false,
      done: false,
    })
  })

  it('accepts exactly the admissible commands, up to outer blanks', () => {
    const play = playGame(game)
    expect(play.admissible()).toEqual([
      'go to countertop 1',
      'go to drawer 1',
      'go to microwave 1',
      'go to shelf 1',
      'go to sinkbasin 1',
      'inventory',
      'look',
    ])
    for (const command of [
      'Look',
      'look.',
      'go to  shelf 1',
      'go to shelf 2',
      '',
      'look\nlook',
      '\u{feff}look',
    ])
      expect(play.step(command).observation).toBe('Nothing happens.')
    expect(play.step(' \t\x1clook\x85').observation).toBe(
      'You are in the middle of a room. Looking quickly around you, you see nothing.',
    )
  })

  it('does not go to where it is, by either name of the spot', () => {
    const play = playGame(game)
    play.step('go to drawer 1')
    expect(play.admissible().filter((command) => command.startsWith('go to'))).toEqual([
      'go to microwave 1',
      'go to shelf 1',
      'go to sinkbasin 1',
    ])
    expect(play.step('look').observation).toBe(
      'You are facing the countertop 1, and drawer 1. Next to it, you see nothing.',
    )
  })

  it('remembers what was taken out of a place when looking', () => {
    const commands = [
      'go to countertop 1',
      'open drawer 1',
      'take knife 1 from countertop 1',
      'put knife 1 in/on drawer 1',
      'look',
    ]
    expect(told(commands)).toBe(
      'You are facing the countertop 1, and drawer 1. Next to it, you see a knife 1.',
    )
    expect(told([...commands, 'take knife 1 from drawer 1', 'look'])).toContain('you see nothing.')
  })

  it('examines only what is in hand; a holder shows its contents whatever its state', () => {
    expect(told(['go to countertop 1', 'examine apple 1'])).toBe('Nothing happens.')
    expect(told(['go to countertop 1', 'take spoon 1 from countertop 1', 'examine spoon 1'])).toBe(
      "There's nothing special about spoon 1.",
    )
    expect(
      told([
        'go to countertop 1',
        'take mug 1 from countertop 1',
        'go to microwave 1',
        'heat mug 1 with microwave 1',
        'examine mug 1',
      ]),
    ).toBe('This is a normal mug 1. In it, you see a spoon 1.')
  })

  it.each([
    [['go to microwave 1', 'heat apple 1 with microwave 1'], 'This is a hot apple 1.'],
    [['go to sinkbasin 1', 'clean apple 1 with sinkbasin 1'], 'This is a clean apple 1.'],
    [
      [
        'go to sinkbasin 1',
        'clean apple 1 with sinkbasin 1',
        'go to microwave 1',
        'heat apple 1 with microwave 1',
        'heat apple 1 with microwave 1',
      ],
      'This is a hot and clean apple 1.',
    ],
  ])('tells the state of food after %j', (commands, expected) => {
    expect(
      told([
        'go to countertop 1',
        'take apple 1 from countertop 1',
        ...commands,
        'examine apple 1',
      ]),
    ).toBe(expected)
  })

  it('tells that a thing in hand is on, once it was used; before, nothing', () => {
    const objects = kitchen.objects.map((object) =>
      object.type === 'Spoon' ? { ...object, toggleable: true } : object,
    )
    const play = playGame(compileGame(writeGame({ ...kitchen, objects }), 'kitchen'))
    for (const command of ['go to countertop 1', 'take spoon 1 from countertop 1'])
      play.step(command)
    expect(play.step('examine spoon 1').observation).toBe("There's nothing special about spoon 1.")
    for (const command of [
      'put spoon 1 in/on countertop 1',
      'use spoon 1',
      'take spoon 1 from countertop 1',
    ])
      play.step(command)
    expect(play.step('examine spoon 1').observation).toBe('This spoon 1 is on.')
  })

  it('slices with a knife in hand', () => {
    const play = playGame(game)
    for (const command of ['go to countertop 1', 'slice apple 1 with knife 1']) play.step(command)
    expect(play.turn.observation).toBe('Nothing happens.')
    play.step('take knife 1 from countertop 1')
    expect(play.step('slice apple 1 with knife 1').observation).toBe(
      'You sliced the apple 1 with the knife 1.',
    )
  })

  it('wins when the mug is hot and on the shelf, and repeats itself after', () => {
    const play = playGame(game)
    for (const command of [
      'go to countertop 1',
      'take mug 1 from countertop 1',
      'go to microwave 1',
      'heat mug 1 with microwave 1',
      'go to shelf 1',
    ])
      play.step(command)
    const last = play.step('put mug 1 in/on shelf 1')
    expect(last).toEqual({
      observation: 'You put the mug 1 in/on the shelf 1.',
      raw: 'You put the mug 1 in/on the shelf 1.',
      won: true,
      done: true,
    })
    expect(play.step('look')).toEqual(last)
    expect(play.steps).toBe(6)
  })

  it('ends after fifty commands, refused ones included', () => {
    const play = playGame(game)
    for (let i = 0; i < 49; i++) expect(play.step('nonsense').done).toBe(false)
    expect(play.step('look').done).toBe(true)
  })

  it('restores a snapshot in another play', () => {
    const play = playGame(game)
    for (const command of ['go to countertop 1', 'take mug 1 from countertop 1']) play.step(command)
    const other = playGame(game)
    other.restore(play.snapshot())
    expect([other.admissible(), other.turn, other.steps]).toEqual([play.admissible(), play.turn, 2])
    other.step('put mug 1 in/on countertop 1')
    expect(play.step('inventory').observation).toBe('You are carrying: a mug 1.')
  })
})

describe('compileGame', () => {
  const files = writeGame(kitchen)
  it('names another domain', () => {
    expect(() =>
      compileGame(
        { ...files, pddl_domain: files.pddl_domain.replace('domain alfred', 'domain blocks') },
        'g',
      ),
    ).toThrow('g: its domain is "blocks", not ALFWorld’s "alfred"')
  })

  it('names an action without text and a broken problem', () => {
    expect(() =>
      compileGame({ ...files, grammar: files.grammar.replace('action look', 'action lock') }, 'g'),
    ).toThrow('the grammar has no action look')
    expect(() =>
      compileGame({ ...files, pddl_problem: files.pddl_problem.slice(0, 500) }, 'g'),
    ).toThrow('g, pddl_problem, line')
  })

  it('plays a domain with a further action', () => {
    const wave =
      '(:action Wave :parameters (?a - agent ?o - object) :precondition (holds ?a ?o) :effect (isClean ?o))\n)'
    const domain = alfredDomain.trimEnd().replace(/\)$/, wave)
    const grammar = `${alfredGrammar('wave')}\naction Wave { template :: "wave {o}"; feedback :: "You wave the {o.name}."; }`
    const play = playGame(compileGame({ ...files, pddl_domain: domain, grammar }, 'g'))
    for (const command of ['go to countertop 1', 'take apple 1 from countertop 1'])
      play.step(command)
    expect(play.step('wave apple 1').observation).toBe('You wave the apple 1.')
    expect(play.step('examine apple 1').observation).toBe('This is a clean apple 1.')
  })
})
