import { isIcrlError } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { compileGame } from './compile-game.ts'
import { fitsIn } from './containment.ts'
import { generateWorld } from './generate-world.ts'
import { householdTasks } from './household-world.ts'
import { playGame } from './play-game.ts'
import { solveGame } from './solve-game.ts'
import { goalSentence, writeGame } from './write-game.ts'

const sizes = ['small', 'medium', 'large'] as const
const worlds = householdTasks.flatMap((task) =>
  sizes.flatMap((size) => [0, 1, 2, 3, 4].map((seed) => generateWorld({ seed, task, size }))),
)

describe('generateWorld', () => {
  it('is a function of its seed', () => {
    expect(generateWorld({ seed: 5 })).toEqual(generateWorld({ seed: 5 }))
    expect(generateWorld({ seed: 5 })).not.toEqual(generateWorld({ seed: 6 }))
    expect(
      new Set(
        [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11].map((seed) => generateWorld({ seed }).task.type),
      ).size,
    ).toBeGreaterThan(3)
  })

  it('keeps to its size, puts things where they fit, and starts the player apart', () => {
    for (const { size, receptacles, objects, agent } of worlds) {
      const [low, high] = { small: [4, 7], medium: [8, 15], large: [16, 40] }[size as 'small']
      expect(receptacles.length >= low && receptacles.length <= high).toBe(true)
      const type = new Map(receptacles.map((receptacle) => [receptacle.id, receptacle.type]))
      expect(
        objects.every(
          (object) => object.type === 'DeskLamp' || fitsIn(object.type, type.get(object.in!)!),
        ),
      ).toBe(true)
      expect(receptacles.every(({ location }) => location !== agent)).toBe(true)
    }
  })

  it('makes games that are not won at the start and that the expert wins, all of them', () => {
    for (const world of worlds) {
      const play = playGame(compileGame(writeGame(world), world.name))
      expect(play.turn.won).toBe(false)
      for (const command of solveGame(play) ?? []) play.step(command)
      expect([world.name, play.turn.won]).toEqual([world.name, true])
    }
  })

  it('refuses an unknown task and size', () => {
    for (const options of [
      { seed: 0, task: 'dance' },
      { seed: 0, size: 'huge' },
    ]) {
      expect(() => generateWorld(options as never)).toThrow(
        expect.toSatisfy((error) => isIcrlError(error, 'invalid-option')),
      )
    }
  })
})

describe('solveGame', () => {
  it('still wins after random commands', () => {
    const world = generateWorld({ seed: 11, task: 'pick_cool_then_place_in_recep' })
    const play = playGame(compileGame(writeGame(world), world.name))
    for (let i = 0; i < 20; i++) play.step(play.admissible()[(i * 7) % play.admissible().length])
    for (const command of solveGame(play) ?? []) play.step(command)
    expect(play.turn.won).toBe(true)
  })
})

describe('a game with the commands of ALFWorld 0.4', () => {
  it('is played and solved as it stands', () => {
    const world = generateWorld({ seed: 3, task: 'pick_two_obj_and_place' })
    const { grammar, ...rest } = writeGame(world)
    const later = grammar
      .replace('put {o} in/on {r}', 'move {o} to {r}')
      .replace('You arrive at {lend.name}.', 'You arrive at {r.name}.')
    const play = playGame(compileGame({ ...rest, grammar: later }, 'later'))
    const plan = solveGame(play)!
    const [first] = plan.map((command) => play.step(command).observation)
    expect([
      first.startsWith('You arrive at '),
      first.includes('loc'),
      plan.some((command) => command.startsWith('move ')),
      play.turn.won,
    ]).toEqual([true, false, true, true])
  })
})

describe('goalSentence', () => {
  it.each([
    ['pick_and_place_simple', 'put a mug in desk', 'put some mug on desk'],
    [
      'pick_clean_then_place_in_recep',
      'put a clean mug in desk',
      'clean some mug and put it in desk',
    ],
    ['pick_heat_then_place_in_recep', 'put a hot mug in desk', 'heat some mug and put it in desk'],
    ['pick_cool_then_place_in_recep', 'put a cool mug in desk', 'cool some mug and put it in desk'],
    ['pick_two_obj_and_place', 'put two mug in desk', 'find two mug and put them in desk'],
    ['look_at_obj_in_light', 'look at mug under the desklamp', 'examine the mug with the desklamp'],
  ] as const)('puts %s in two ways', (type, first, second) => {
    const goal = { type, object: 'Mug', receptacle: 'Desk', toggle: 'DeskLamp' }
    expect([
      goalSentence({ ...goal, template: 0 }),
      goalSentence({ ...goal, template: 1 }),
    ]).toEqual([first, second])
  })
})
