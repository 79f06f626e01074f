import { readFileSync } from 'node:fs'
import { randomStream } from '@icrl/core'
import { testEnvironment } from '@icrl/core/testing'
import { describe, expect, it } from 'vitest'
import { solvedRate } from '../../test/play-out.ts'
import { sharedData } from '../../test/shared-data.ts'
import { craftingTree, recipeLine, type CraftingRecipe } from './crafting-tree.ts'
import { generateRecipes } from './generate-recipes.ts'
import { stepTextcraft, type Inventory } from './play-textcraft.ts'
import { readRecipes } from './read-recipes.ts'
import { solveTextcraft } from './solve-textcraft.ts'
import { textcraft, textcraftObservation } from './textcraft.ts'

const shaped = (result: string, key: unknown, pattern: string[], more: object = {}): object => ({
  type: 'minecraft:crafting_shaped',
  pattern,
  key,
  result: { item: result, ...more },
  ...('group' in more ? { group: more.group } : {}),
})
const files = {
  'b_planks.json': {
    type: 'minecraft:crafting_shapeless',
    group: 'planks',
    ingredients: [{ tag: 'minecraft:logs' }],
    result: { item: 'minecraft:oak_planks', count: 4 },
  },
  'c_stick.json': shaped('minecraft:stick', { '#': { tag: 'minecraft:planks' } }, ['#', '#'], {
    count: 4,
  }),
  'd_sign.json': shaped(
    'minecraft:sign',
    {
      a: { item: 'minecraft:oak_planks' },
      b: [{ item: 'minecraft:stick' }, { item: 'minecraft:bone' }],
    },
    ['aaa', 'aaa', ' b '],
  ),
  'e_ore.json': { type: 'minecraft:smelting', ingredient: {}, result: 'minecraft:iron' },
  'f_iron.json': {
    type: 'minecraft:crafting_shapeless',
    ingredients: [{ item: 'minecraft:iron_block' }],
    result: { item: 'minecraft:iron', count: 9 },
  },
  'g_cycle.json': {
    type: 'minecraft:crafting_shapeless',
    ingredients: [{ item: 'minecraft:sign' }],
    result: { item: 'minecraft:oak_planks' },
  },
}
const tree = readRecipes(files)

describe('readRecipes', () => {
  it('keeps shaped and shapeless recipes, cuts cycles and blocks, makes a plain item of a tag that nothing makes', () => {
    expect(tree.recipes.map(recipeLine)).toEqual([
      'craft 4 oak planks using 1 logs',
      'craft 4 stick using 2 planks',
      'craft 1 sign using 6 oak planks, 1 stick',
    ])
    expect([tree.goals, tree.goals.map(tree.depth)]).toEqual([
      ['minecraft:oak_planks', 'minecraft:stick', 'minecraft:sign'],
      [1, 2, 3],
    ])
    expect([
      tree.items.has('minecraft:logs'),
      tree.tags.has('minecraft:logs'),
      tree.tags.has('minecraft:planks'),
      tree.items.has('minecraft:iron_block'),
    ]).toEqual([true, false, true, true])
  })

  it.each([
    ['a file that is no recipe', { 'x.json': 3 }, 'x.json: not a recipe'],
    ['no result', { 'x.json': shaped(undefined as never, {}, []) }, 'x.json: no result'],
    [
      'a strange ingredient',
      { 'x.json': shaped('minecraft:a', { a: {} }, ['a']) },
      'x.json: an ingredient with neither',
    ],
  ])('names %s', (_, broken, message) => expect(() => readRecipes(broken)).toThrow(message))

  const bundle = sharedData('envs/textcraft_recipes_bundle.json')
  it.skipIf(!bundle)('builds the tree that AgentGym’s code builds, recipe by recipe', async () => {
    const real = readRecipes(JSON.parse(readFileSync(bundle!, 'utf8')))
    const reference = JSON.parse(
      readFileSync(sharedData('envs/textcraft_tree_sorted_load.json')!, 'utf8'),
    )
    const plain = ({ output, inputs }: CraftingRecipe): unknown => [
      output.item,
      output.tag ?? null,
      output.count,
      inputs.map(({ item, tag, count }) => [item ?? null, tag ?? null, count]),
    ]
    expect(real.recipes.map(plain)).toEqual(reference.recipes.map(plain))
    expect([[...real.items].sort(), [...real.tags].sort()]).toEqual([
      reference.itemid_set.toSorted(),
      reference.tag_set.toSorted(),
    ])
    expect(Object.fromEntries(real.goals.map((goal) => [goal, real.depth(goal)]))).toEqual(
      reference.min_depth,
    )
    const ids = real.goals.map((_, i) => String(i))
    const environment = textcraft({ tree: real })
    const solved = await solvedRate(environment, ids, (id) => {
      const plan = solveTextcraft(real, real.goals[Number(id)])
      return (_, turn) => plan[turn]
    })
    // One of the 544 needs more than the 40 turns.
    expect(solved).toBeGreaterThan(0.997)
  })
})

describe('stepTextcraft', () => {
  const play = (commands: readonly string[], goal = 'minecraft:sign'): string[] => {
    const inventory: Inventory = new Map()
    return commands.map((command) => stepTextcraft(tree, goal, inventory, command).observation)
  }

  it('answers as AgentGym does', () => {
    expect(
      play([
        'inventory',
        'get 2 logs',
        'craft 4 oak planks using 1 logs',
        'craft 1 oak planks using 1 logs',
        'inventory',
        'craft 4 stick using 2 oak planks',
        'craft 4 stick using 2 planks',
        'craft 1 sign using 1 stick, 6 oak planks',
        'get 1 stick',
        'get 1 planks',
        'get 1 gold',
        'get one logs',
        'craft 1 sign using stick',
        'craft 1 planks using 1 stick',
        'look',
        'get 3 oak planks',
        'craft 1 sign using 6 oak planks, 1 stick and more',
        'craft 2 gold using 1 stick',
      ]),
    ).toEqual([
      'Inventory: You are not carrying anything.',
      'Got 2 logs',
      'Crafted 4 minecraft:oak_planks',
      'Crafted 4 minecraft:oak_planks',
      'Inventory: [oak planks] (8) ',
      'Crafted 4 minecraft:stick',
      'Could not find enough items to craft minecraft:stick',
      'Crafted 1 minecraft:sign',
      'Could not find stick',
      'Could not find planks',
      'Could not find gold',
      'Could not execute get one logs',
      'Wrong item format: stick',
      "Could not find a valid recipe for ItemTagWithCount(item_tag=ItemTag(tag='minecraft:planks', item_id=None), count=1)",
      'Could not execute look',
      'Could not find oak planks',
      'Could not find enough items to craft minecraft:sign',
      "Could not find a valid recipe for ItemTagWithCount(item_tag=ItemTag(tag=None, item_id='minecraft:gold'), count=2)",
    ])
  })

  it('rewards the goal, got or crafted', () => {
    expect(stepTextcraft(tree, 'minecraft:logs', new Map(), 'get 1 logs')).toEqual({
      observation: 'Got 1 logs',
      reward: 1,
      done: true,
    })
    const inventory: Inventory = new Map([['minecraft:logs', 1n]])
    expect(
      stepTextcraft(tree, 'minecraft:oak_planks', inventory, 'craft 1 oak planks using 1 logs'),
    ).toMatchObject({ reward: 1, done: true })
    expect(inventory).toEqual(new Map([['minecraft:oak_planks', 4n]]))
  })

  it('counts beyond 2^53 and refuses a number of a hundred digits', () => {
    expect(play(['get 9007199254740993 logs', 'get 9007199254740993 logs', 'inventory'])[2]).toBe(
      'Inventory: [logs] (18014398509481986) ',
    )
    expect(play([`get ${'9'.repeat(5000)} logs`])[0]).toBe(
      'Could not execute a number of that length',
    )
  })
})

describe('craftingTree', () => {
  it('has nothing to make from no recipes, and no depth in a cycle of tags', () => {
    expect(craftingTree([]).goals).toEqual([])
    const loop = craftingTree([
      { output: { item: 'a', tag: 't', count: 1 }, inputs: [{ tag: 't', count: 1 }] },
      { output: { item: 'b', tag: 't', count: 1 }, inputs: [{ item: 'c', count: 1 }] },
    ])
    expect([loop.depth('b'), loop.depth('a'), loop.depth('c')]).toEqual([1, 2, 0])
  })
})

describe('textcraft', () => {
  const actions = [
    'inventory',
    'get 1 nothing',
    'craft',
    'get 3 ash fibre',
    'get 1 ash log',
    'inventory',
  ]
  for (const { name, run } of testEnvironment(textcraft, { actions })) it(name, run)

  it('is solved in all generated tasks by the expert, never by chance or silence', async () => {
    const made = generateRecipes()
    const environment = textcraft()
    const ids = [...(await environment.taskIds('train')), ...(await environment.taskIds('test'))]
    expect(ids).toHaveLength(170)
    const expert = (id: string) => {
      const plan = solveTextcraft(made, made.goals[Number(id)])
      return (_: string, turn: number) => plan[turn]
    }
    expect(await solvedRate(environment, ids, expert)).toBe(1)
    const few = ids.slice(0, 30)
    const chance = (id: string) => (_: string, turn: number) => {
      const draws = randomStream(3, id, turn)
      return draws.uniform(0) < 0.5
        ? `get ${1 + draws.integer(1, 4)} ${[...made.items][draws.integer(2, made.items.size)].slice(10).replace('_', ' ')}`
        : recipeLine(made.recipes[draws.integer(3, made.recipes.length)])
    }
    expect(await solvedRate(environment, few, chance)).toBeLessThan(0.2)
    expect(await solvedRate(environment, few, () => () => '')).toBe(0)
  })

  it('shows the recipes that are needed among others', () => {
    const observation = textcraftObservation(tree, 'minecraft:sign', 0)
    expect(observation.split('\n').slice(1, 4).sort()).toEqual(tree.recipes.map(recipeLine).sort())
    expect(observation.endsWith('\n\nGoal: craft sign.')).toBe(true)
    const made = generateRecipes({ seed: 1 })
    const lines = textcraftObservation(made, made.goals[3], 0).split('\n')
    expect(lines.length).toBeGreaterThan(6)
    expect(textcraftObservation(made, made.goals[3], 1)).not.toBe(
      textcraftObservation(made, made.goals[3], 0),
    )
  })
})

describe('generateRecipes', () => {
  it('gives each goal the depth it was asked for', () => {
    const made = generateRecipes({ seed: 2, goals: [10, 5, 3] })
    expect(made.goals.map(made.depth)).toEqual([
      ...new Array(10).fill(1),
      ...new Array(5).fill(2),
      3,
      3,
      3,
    ])
    expect(generateRecipes({ seed: 2 }).recipes).toEqual(generateRecipes({ seed: 2 }).recipes)
  })
})
