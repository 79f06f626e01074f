import type { Attempt, AttemptTurn, RandomStream } from '@icrl/core'
import {
  solveTextcraft,
  stepTextcraft,
  type CraftingTree,
  type Inventory,
} from '@icrl/environments'
import { craftingCriticPrompt, craftingPrompt } from './crafting-prompts.ts'
import {
  EASY_PARTS,
  kitGoal,
  kitName,
  MATERIALS,
  MISCONCEPTIONS,
  openKits,
  PARTS,
  RECIPES,
  TREE,
  treeOf,
  type Kit,
  type PartRecipe,
} from './crafting-world.ts'
import type { Demonstration } from './demonstration.ts'

/**
 * How often the solver has the right recipe of a hard or easy part, or follows a tip; how often a
 * critic names the right material.
 */
const HABITS = { hard: 0.05, easy: 0.95, tipped: 0.95, critic: 0.65 } as const

/** Identical commands after which an attempt ends. */
const REPEATS = 3

type Tips = ReadonlyMap<number, PartRecipe>

function drawKit(draws: RandomStream): Kit {
  const kits = openKits((['hard', 'easy', 'mixed'] as const)[draws.integer(0, 3)])
  return kits[draws.integer(1, kits.length)]
}

/** The material a critic names for each part: the right one, or any other. */
function advise(kit: Kit, draws: RandomStream): Tips {
  return new Map(
    kit.map((part, i) => [
      part,
      {
        count: RECIPES[part].count,
        material:
          draws.uniform(2 * i) < HABITS.critic
            ? RECIPES[part].material
            : draws.integer(2 * i + 1, MATERIALS.length),
      },
    ]),
  )
}

const writeTips = (tips: Tips): string =>
  Array.from(
    tips,
    ([part, { count, material }]) => `${PARTS[part]} using ${count} ${MATERIALS[material]}`,
  ).join(', ')

/**
 * The recipe the solver uses for a part: the tip's if it follows the tip, otherwise what it
 * believes.
 */
function intend(part: number, tips: Tips | undefined, draws: RandomStream): PartRecipe {
  const tip = tips?.get(part)
  if (tip && draws.uniform(2 * part) < HABITS.tipped) return tip
  return draws.uniform(2 * part + 1) < (part < EASY_PARTS ? HABITS.easy : HABITS.hard)
    ? RECIPES[part]
    : MISCONCEPTIONS[part]
}

/** Trees by the recipes that are believed; there are few enough to keep all. */
const trees = new Map<string, CraftingTree>()

function partTree(part: number, recipe: PartRecipe): CraftingTree {
  const key = `${part} ${recipe.material}`
  let tree = trees.get(key)
  if (!tree)
    trees.set(key, (tree = treeOf(RECIPES.map((right, i) => (i === part ? recipe : right)))))
  return tree
}

/**
 * Plays as the package's expert does, with recipes that may be wrong: each part, one after the
 * other, then the kit.
 */
function plan(kit: Kit, tips: Tips | undefined, draws: RandomStream): string[] {
  const parts = kit.flatMap((part) =>
    solveTextcraft(partTree(part, intend(part, tips, draws)), `minecraft:${PARTS[part]}`),
  )
  return [
    ...parts,
    `craft 1 ${kitName(kit)} using ${kit.map((part) => `1 ${PARTS[part]}`).join(', ')}`,
  ]
}

/**
 * A game as the solver plays it: by its plan; a refused command is repeated until that ends the
 * attempt.
 */
export function playKit(kit: Kit, tips: Tips | undefined, draws: RandomStream): AttemptTurn[] {
  const inventory: Inventory = new Map()
  const turns: AttemptTurn[] = []
  for (const command of plan(kit, tips, draws)) {
    for (let times = 0; times < REPEATS; times++) {
      const { observation } = stepTextcraft(TREE, kitGoal(kit).goal, inventory, command)
      turns.push({ text: command, action: command, observation })
      if (!observation.startsWith('Could not')) break
      if (times === REPEATS - 1) return turns
    }
  }
  return turns
}

/** The fields of an attempt that only a sampled one fills. */
const UNSAMPLED: Omit<Attempt, 'turns'> = {
  prompt: new Int32Array(),
  response: new Int32Array(),
  mask: new Uint8Array(),
  logprobs: new Float32Array(),
  version: 'teacher',
  finish: 'environment',
  valid: true,
  reward: 0,
  success: false,
}

const startOf = (kit: Kit): { task: string; observation: string } => ({
  task: `Goal: craft ${kitName(kit)}.`,
  observation: '',
})

function solving(kit: Kit, turns: readonly AttemptTurn[], guidance?: string): Demonstration {
  return {
    messages: craftingPrompt({ start: startOf(kit), guidance }),
    answer: turns[0].text,
    further: turns
      .slice(1)
      .map(({ text }, i) => ({ observation: turns[i].observation!, answer: text })),
  }
}

/**
 * Makers of demonstrations: the solver alone, the solver with tips, the critic of a game played
 * alone.
 */
export const DEMONSTRATIONS: Readonly<
  Record<'solo' | 'tipped' | 'critic', (draws: RandomStream) => Demonstration>
> = {
  solo: (draws) => {
    const kit = drawKit(draws)
    return solving(kit, playKit(kit, undefined, draws.child('play')))
  },
  tipped: (draws) => {
    const kit = drawKit(draws)
    const tips = advise(kit, draws.child('advise'))
    return solving(kit, playKit(kit, tips, draws.child('play')), writeTips(tips))
  },
  critic: (draws) => {
    const kit = drawKit(draws)
    const attempt: Attempt = {
      ...UNSAMPLED,
      start: startOf(kit),
      turns: playKit(kit, undefined, draws.child('play')),
    }
    return {
      messages: craftingCriticPrompt({ id: kitGoal(kit).id }, attempt),
      answer: writeTips(advise(kit, draws.child('advise'))),
    }
  },
}
