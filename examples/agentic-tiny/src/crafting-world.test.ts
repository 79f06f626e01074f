import { solveTextcraft, stepTextcraft, type Inventory } from '@icrl/environments'
import { testEnvironment } from '@icrl/core/testing'
import { describe, expect, it } from 'vitest'
import { craftingEnvironment } from './crafting-environment.ts'
import {
  kindOf,
  kitGoal,
  kitName,
  kitTasks,
  KITS,
  MATERIALS,
  MISCONCEPTIONS,
  openKits,
  PARTS,
  RECIPES,
  TREE,
} from './crafting-world.ts'

const task = kitTasks('train')[0]
const commands = [...solveTextcraft(TREE, kitGoal(task.kit).goal)]

describe('the crafting environment', () => {
  for (const { name, run } of testEnvironment(craftingEnvironment, {
    taskId: task.id,
    actions: ['inventory', 'dance', 'craft 1 rope using 9 wax', ...commands],
  }))
    it(name, run)

  it('is TextCraft word for word, closed book for the solver alone', async () => {
    const episode = await craftingEnvironment().open()
    const start = await episode.reset(task.id)
    expect(start.task).toBe(`Goal: craft ${kitName(task.kit)}.`)
    expect(start.observation).toMatch(/^Crafting commands:\ncraft /)
    expect((await episode.step('get 2 flax')).observation).toBe('Got 2 flax')
    expect((await episode.step('craft 1 tin')).observation).toBe('Could not execute craft 1 tin')
    await episode.close()
  })

  it('reads any text as the bare command', () => {
    const { parseAction } = craftingEnvironment()
    expect(parseAction(' get 2 flax ')).toBe('get 2 flax')
    expect(parseAction('  ')).toBeUndefined()
  })
})

describe('its kits', () => {
  it('are every three of the parts, called by them', () => {
    expect(KITS).toHaveLength((18 * 17 * 16) / 6)
    expect(new Set(KITS.map(kitName)).size).toBe(KITS.length)
    expect(KITS.every(([a, b, c]) => a < b && b < c && c < PARTS.length)).toBe(true)
    expect(kitName([11, 12, 17])).toBe('rope lens hinge kit')
  })

  it('of the tests are 64, never trained nor demonstrated', () => {
    const test = kitTasks('test')
    expect(test).toHaveLength(64)
    expect(test.filter(({ kit }) => kindOf(kit) === 'easy')).toHaveLength(9)
    const open = new Set(
      [
        ...kitTasks('train').map(({ kit }) => kit),
        ...(['hard', 'easy', 'mixed'] as const).flatMap(openKits),
      ].map(kitName),
    )
    for (const { kit } of test) expect(open.has(kitName(kit))).toBe(false)
  })

  it('are wholly easy or wholly hard where they are asked for', () => {
    const kinds = new Set([...kitTasks('train'), ...kitTasks('test')].map(({ kit }) => kindOf(kit)))
    expect([...kinds].sort()).toEqual(['easy', 'hard'])
  })

  it('can all be made within the turns there are', () => {
    for (const { kit, id } of [...kitTasks('train'), ...kitTasks('test')]) {
      const { goal } = kitGoal(kit)
      const inventory: Inventory = new Map()
      const steps = solveTextcraft(TREE, goal).map((command) =>
        stepTextcraft(TREE, goal, inventory, command),
      )
      expect(steps.length).toBeLessThanOrEqual(craftingEnvironment().maxTurns - 3)
      expect(steps.at(-1)).toMatchObject({ reward: 1, done: true })
      expect(TREE.goals[Number(id)]).toBe(goal)
    }
  })

  it('take every material for something', () =>
    expect(new Set(RECIPES.map(({ material }) => material)).size).toBe(MATERIALS.length))

  it('rest on recipes of which the misconceptions are all wrong', () => {
    RECIPES.forEach(({ material, count }, part) => {
      expect(MISCONCEPTIONS[part].material).not.toBe(material)
      expect(MISCONCEPTIONS[part].count).toBe(count)
      expect(count).toBeGreaterThanOrEqual(1)
      expect(count).toBeLessThanOrEqual(3)
      expect(MATERIALS[material]).toBeDefined()
    })
  })
})
