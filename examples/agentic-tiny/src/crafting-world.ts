import { randomStream, type Task } from '@icrl/core'
import { craftingTree, type CraftingRecipe, type CraftingTree } from '@icrl/environments'

/**
 * Things that kits are made of. The first `EASY_PARTS` are easy: how to make them is well known.
 */
export const PARTS: readonly string[] = [
  'plank',
  'thread',
  'ingot',
  'brick',
  'pane',
  'rod',
  'strip',
  'cloth',
  'panel',
  'plate',
  'tile',
  'rope',
  'lens',
  'handle',
  'blade',
  'cord',
  'wire',
  'hinge',
]

export const EASY_PARTS = 6

/** Materials, which are fetched with `get`. */
export const MATERIALS: readonly string[] = [
  'ash',
  'birch',
  'cedar',
  'clay',
  'copper',
  'flax',
  'flint',
  'hemp',
  'jade',
  'leather',
  'linen',
  'wax',
]

/** How a part is made: a material and its count. */
export interface PartRecipe {
  readonly material: number
  readonly count: number
}

const draws = randomStream(2605, 'agentic-tiny')

/** Each material serves in turn: TextCraft does not know things that no recipe names. */
const materialOf = (part: number): number =>
  draws.child('material').permutation(Math.floor(part / MATERIALS.length), MATERIALS.length)[
    part % MATERIALS.length
  ]

/** `[part]` the true recipes, the same for every seed of a run. */
export const RECIPES: readonly PartRecipe[] = PARTS.map((_, part) => ({
  material: materialOf(part),
  count: 1 + draws.child('count').integer(part, 3),
}))

/** `[part]` what people believe of hard parts: another material. */
export const MISCONCEPTIONS: readonly PartRecipe[] = RECIPES.map(({ material, count }, part) => ({
  material:
    (material + 1 + draws.child('misconception').integer(part, MATERIALS.length - 1)) %
    MATERIALS.length,
  count,
}))

/** Three parts, ascending; the kit made of them. */
export type Kit = readonly [number, number, number]

/** Every combination of three parts. */
export const KITS: readonly Kit[] = PARTS.flatMap((_, a) =>
  PARTS.slice(a + 1).flatMap((_, b) =>
    PARTS.slice(a + b + 2).map((_, c): Kit => [a, a + b + 1, a + b + c + 2]),
  ),
)

/** A kit is called by its parts: "rope lens hinge kit". */
export function kitName(kit: Kit): string {
  return `${kit.map((part) => PARTS[part]).join(' ')} kit`
}

const idOf = (name: string): string => `minecraft:${name.replaceAll(' ', '_')}`

function partRecipe(part: number, { material, count }: PartRecipe): CraftingRecipe {
  return {
    output: { item: idOf(PARTS[part]), count: 1 },
    inputs: [{ item: idOf(MATERIALS[material]), count }],
  }
}

/**
 * TextCraft's tree with parts made as `recipes[part]` says. Every kit takes one of each of its
 * parts.
 */
export function treeOf(recipes: readonly PartRecipe[]): CraftingTree {
  return craftingTree([
    ...recipes.map((recipe, part) => partRecipe(part, recipe)),
    ...KITS.map((kit): CraftingRecipe => ({
      output: { item: idOf(kitName(kit)), count: 1 },
      inputs: kit.map((part) => ({ item: idOf(PARTS[part]), count: 1 })),
    })),
  ])
}

/** The world as it is. */
export const TREE: CraftingTree = treeOf(RECIPES)

const goalNumbers = new Map(TREE.goals.map((goal, number) => [goal, number]))

/** TextCraft's goal and task number of a kit. */
export function kitGoal(kit: Kit): { readonly goal: string; readonly id: string } {
  const goal = idOf(kitName(kit))
  return { goal, id: String(goalNumbers.get(goal)) }
}

/** One game: its `id` is TextCraft's number of the goal. */
export interface KitTask extends Task {
  readonly kit: Kit
}

const isEasy = (part: number): boolean => part < EASY_PARTS

/** Kits of easy parts alone, of hard parts alone, and of both. */
export function kindOf(kit: Kit): 'easy' | 'hard' | 'mixed' {
  return kit.every(isEasy) ? 'easy' : kit.some(isEasy) ? 'mixed' : 'hard'
}

function kitsOf(kind: 'easy' | 'hard' | 'mixed'): Kit[] {
  const all = KITS.filter((kit) => kindOf(kit) === kind)
  return Array.from(
    randomStream(2605, 'agentic-tiny', 'split', kind).permutation(0, all.length),
    (at) => all[at],
  )
}

const HELD_OUT = { easy: 9, hard: 55 } as const

/**
 * Kits to train on (165 hard, 11 easy) or 64 others to test on (55 hard, 9 easy). No kit of both
 * sorts is asked for: one unknown recipe is found by trying, three at once are not.
 */
export function kitTasks(split: 'train' | 'test'): KitTask[] {
  const task = (kit: Kit): KitTask => ({ id: kitGoal(kit).id, kit })
  if (split === 'test')
    return (['easy', 'hard'] as const).flatMap((kind) =>
      kitsOf(kind).slice(0, HELD_OUT[kind]).map(task),
    )
  return [...kitsOf('hard').slice(HELD_OUT.hard), ...kitsOf('easy').slice(HELD_OUT.easy)].map(task)
}

/** Kits that may be shown before the tests: all but the held-out ones. */
export function openKits(kind: 'easy' | 'hard' | 'mixed'): readonly Kit[] {
  return kind === 'mixed' ? kitsOf(kind) : kitsOf(kind).slice(HELD_OUT[kind])
}
