import { randomStream } from '@icrl/core'
import { testEnvironment } from '@icrl/core/testing'
import { describe, expect, it } from 'vitest'
import {
  applianceEnvironment,
  stepAppliance,
  UNTOUCHED,
  type ApplianceState,
} from './appliance-environment.ts'
import { applianceCriticPrompt, appliancePrompt, parseApplianceTips } from './appliance-prompts.ts'
import {
  ACTIONS,
  APPLIANCES,
  APPLIANCE_VOCABULARY,
  DISHES,
  PLACES,
  put,
  take,
  TARGETS,
  use,
} from './appliance-vocabulary.ts'
import {
  applianceTasks,
  LEAK_WORLD,
  splitOf,
  TRIPLE_WORLD,
  type ApplianceTask,
  type ApplianceWorld,
} from './appliance-world.ts'

const game: ApplianceTask = { id: 'game', dish: 3, target: 1, place: 2, dark: false }
const recipe = TRIPLE_WORLD.recipes[3]

/** Outcome of a whole game: observations, and the last step. */
function play(
  task: ApplianceTask,
  actions: readonly string[],
  world: ApplianceWorld = TRIPLE_WORLD,
): { observations: string; reward: number; done: boolean } {
  let state: ApplianceState = UNTOUCHED
  let last = { reward: 0, done: false }
  const observations = actions.map((action) => {
    const step = stepAppliance(world, task, state, action)
    state = step.state
    last = step
    return step.observation
  })
  return { observations: observations.join(' '), reward: last.reward, done: last.done }
}

const right = ['look', take(2), ...recipe.map(use), put(1)]

describe('the appliance game', () => {
  for (const world of [TRIPLE_WORLD, LEAK_WORLD]) {
    for (const { name, run } of testEnvironment(() => applianceEnvironment(world), {
      actions: ['look', 'take-shelf', 'dance', 'use-oven', 'put-jar'],
    }))
      it(`${world.name}: ${name}`, run)
  }

  it('rewards the exact recipe in the right target, in the last turn there is', () => {
    expect(right).toHaveLength(TRIPLE_WORLD.maxTurns)
    expect(play(game, right)).toEqual({
      observations: 'cellar ok ok ok ok ok',
      reward: 1,
      done: true,
    })
    const leak = { ...game, dish: 11 }
    expect(
      play(leak, ['look', take(2), ...LEAK_WORLD.recipes[11].map(use), put(1)], LEAK_WORLD),
    ).toMatchObject({ reward: 1, done: true })
    expect(LEAK_WORLD.maxTurns).toBe(5)
  })

  it('rewards nothing else', () => {
    const [first, second, third] = recipe.map(use)
    for (const actions of [
      ['look', take(2), second, first, third, put(1)],
      ['look', take(2), first, second, third, put(0)],
      ['look', take(2), first, second, put(1)],
      [take(2), first, second, third, third, put(1)],
      ['look', first, second, third, put(1)],
      [put(1)],
    ])
      expect(play(game, actions)).toMatchObject({ reward: 0, done: true })
  })

  it('says no to a wrong place, a second taking, and use with empty hands; such use does not count', () => {
    expect(play(game, [take(0), use(recipe[0]), take(2), take(2)]).observations).toBe('no no ok no')
    expect(play(game, [use(5), take(2), ...recipe.map(use), put(1)])).toMatchObject({
      observations: 'no ok ok ok ok ok',
      reward: 1,
    })
  })

  it('gives no hint whether a used appliance is right', () => {
    for (let appliance = 0; appliance < APPLIANCES.length; appliance++)
      expect(play(game, [take(2), use(appliance)]).observations).toBe('ok ok')
  })

  it('shows nothing in the dark, where a guess still works', () => {
    const dark = { ...game, dark: true }
    expect(play(dark, ['look']).observations).toBe('nothing')
    expect(play(dark, [take(2), ...recipe.map(use), put(1)]).reward).toBe(1)
  })

  it('ends when the turns run out', () => {
    expect(play(game, Array(6).fill('look'))).toMatchObject({ reward: 0, done: true })
    expect(play(game, Array(5).fill('look')).done).toBe(false)
  })

  it('reads one action word and nothing more', () => {
    const { parseAction } = applianceEnvironment(TRIPLE_WORLD)
    expect(ACTIONS.map((action) => parseAction(` ${action} `))).toEqual([...ACTIONS])
    for (const text of ['', 'shelf', 'look look', 'take-oven'])
      expect(parseAction(text)).toBeUndefined()
  })
})

describe('its worlds', () => {
  it.each([TRIPLE_WORLD, LEAK_WORLD])(
    '$name: recipes of distinct appliances, misconceptions wrong at every place',
    ({ recipes, misconceptions, uses, dishes }) => {
      expect(recipes).toHaveLength(dishes)
      recipes.forEach((each, dish) => {
        expect(new Set(each).size).toBe(uses)
        each.forEach((appliance, i) => expect(misconceptions[dish][i]).not.toBe(appliance))
      })
    },
  )

  it('keep test questions out of training, and are the same each time', () => {
    const tasks = {
      train: applianceTasks(TRIPLE_WORLD, 'train', 2000),
      test: applianceTasks(TRIPLE_WORLD, 'test', 512),
    }
    expect(new Set(tasks.train.map(({ dish, target }) => `${dish} ${target}`)).size).toBe(50)
    expect(new Set(tasks.test.map(({ dish, target }) => `${dish} ${target}`)).size).toBe(10)
    expect(
      tasks.train.every((task) => splitOf(task) === 'train') &&
        tasks.test.every((task) => splitOf(task) === 'test'),
    ).toBe(true)
    expect(applianceTasks(TRIPLE_WORLD, 'test', 512)).toEqual(tasks.test)
    expect(tasks.test.filter(({ dark }) => dark).length / 512).toBeCloseTo(0.25, 1)
    expect(tasks.test.filter(({ dish }) => dish < TRIPLE_WORLD.easy).length / 512).toBeCloseTo(
      0.2,
      1,
    )
  })

  it('have one token a word', () => {
    expect(new Set(APPLIANCE_VOCABULARY).size).toBe(80)
    for (const word of [...ACTIONS, ...PLACES, ...APPLIANCES, ...TARGETS, ...DISHES])
      expect(APPLIANCE_VOCABULARY).toContain(word)
  })
})

describe('its conversations', () => {
  it('show the solver the question and its tips, and the critic the true place as well', () => {
    expect(appliancePrompt({ task: game })[0].content).toBe('make tea in jar')
    expect(appliancePrompt({ task: game, guidance: 'attic oven' })[0].content).toBe(
      'make tea in jar tips attic oven',
    )
    const attempt = {
      turns: [
        { text: 'look', action: 'look', observation: 'cellar' },
        { text: 'x', observation: 'no' },
      ],
    }
    expect(applianceCriticPrompt(game, attempt)[0].content).toBe(
      'review make tea in jar found cellar tried look',
    )
  })

  it('keep a place and as many appliances as a recipe has', () => {
    const parse = parseApplianceTips(TRIPLE_WORLD)
    expect(parse('cellar oven mixer kettle')).toEqual({
      critique: 'cellar oven mixer kettle',
      valid: true,
    })
    expect(parse('oven attic cellar oven grill grill look')).toEqual({
      critique: 'attic oven oven grill',
      valid: true,
    })
    expect(parse('look tea')).toEqual({ critique: '', valid: false })
    expect(parse('')).toEqual({ critique: '', valid: false })
  })

  it('hold for every random game', async () => {
    const episode = await applianceEnvironment(TRIPLE_WORLD).open()
    for (const { id } of applianceTasks(TRIPLE_WORLD, 'test', 20)) {
      await episode.reset(id)
      for (let turn = 0, done = false; !done; turn++) {
        const step = await episode.step(ACTIONS[randomStream(3, id).integer(turn, ACTIONS.length)])
        for (const word of step.observation.split(' ')) expect(APPLIANCE_VOCABULARY).toContain(word)
        done = step.done
      }
    }
  })
})
