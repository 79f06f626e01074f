import { randomStream } from '@icrl/core'
import { describe, expect, it } from 'vitest'
import { parseCraftingTips } from './crafting-prompts.ts'
import { DEMONSTRATIONS, playKit } from './crafting-teacher.ts'
import {
  EASY_PARTS,
  kindOf,
  kitTasks,
  MATERIALS,
  PARTS,
  RECIPES,
  type Kit,
} from './crafting-world.ts'

const hard = kitTasks('train')
  .filter(({ kit }) => kindOf(kit) === 'hard')
  .slice(0, 100)
const succeeds = (kit: Kit, tips: Parameters<typeof playKit>[1], seed: number): boolean =>
  playKit(kit, tips, randomStream(seed, 'test')).at(-1)?.observation ===
  `Crafted 1 minecraft:${kit.map((part) => PARTS[part]).join('_')}_kit`
const rate = (tips: (kit: Kit) => Parameters<typeof playKit>[1]): number =>
  hard.filter(({ kit }, seed) => succeeds(kit, tips(kit), seed)).length / hard.length

describe('the teacher', () => {
  it('fails hard kits blind, and makes them where it is told the recipes', () => {
    expect(rate(() => undefined)).toBeLessThanOrEqual(0.02)
    expect(rate((kit) => new Map(kit.map((part) => [part, RECIPES[part]])))).toBeGreaterThan(0.75)
  })

  it('ends an attempt by saying a refused command three times', () => {
    const turns = playKit([15, 16, 17], undefined, randomStream(1, 'test'))
    expect(new Set(turns.slice(-3).map(({ action }) => action)).size).toBe(1)
    expect(turns.at(-1)?.observation).toMatch(/^Could not find a valid recipe/)
  })

  it('critiques after a look at the attempt alone, right about two parts in three', () => {
    let [right, all] = [0, 0]
    for (let i = 0; i < 200; i++) {
      const { messages, answer } = DEMONSTRATIONS.critic(randomStream(i, 'critic'))
      expect(messages[1].content).toMatch(
        /^## Task\nGoal: craft [a-z ]+ kit\.\n\n## The attempt\n1\. get [1-3] [a-z]+\n   → Got/,
      )
      expect(parseCraftingTips(answer)).toEqual({ critique: answer, valid: true })
      for (const tip of answer.split(', ')) {
        const [part, , count, material] = tip.split(' ')
        const recipe = RECIPES[PARTS.indexOf(part)]
        expect(Number(count)).toBe(recipe.count)
        all++
        if (MATERIALS[recipe.material] === material) right++
      }
    }
    expect(right / all).toBeGreaterThan(0.6)
    expect(right / all).toBeLessThan(0.75)
  })

  it('knows easy parts', () => {
    const turns = playKit([0, 1, EASY_PARTS - 1], undefined, randomStream(3, 'test'))
    expect(turns.at(-1)?.observation).toMatch(/^Crafted 1 minecraft:/)
  })
})

describe('tips', () => {
  it.each([
    ['rope using 2 hemp, lens using 1 jade', 'rope using 2 hemp, lens using 1 jade', true],
    ['rope using 2 hemp , lens using 1 jade', 'rope using 2 hemp, lens using 1 jade', true],
    ['get rope using 2 hemp kit kit', 'rope using 2 hemp', true],
    ['rope using 2 rope', '', false],
    [
      'rope using 1 wax, rope using 2 wax, rope using 3 wax, rope using 4 wax',
      'rope using 1 wax, rope using 2 wax, rope using 3 wax',
      true,
    ],
    ['', '', false],
  ])('%j', (text, critique, valid) => expect(parseCraftingTips(text)).toEqual({ critique, valid }))
})
