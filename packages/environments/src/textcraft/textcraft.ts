import { randomStream, type Environment } from '@icrl/core'
import { drawsFrom } from '../draws.ts'
import { localEnvironment, unknownTask } from '../local-environment.ts'
import {
  displayName,
  ingredientName,
  recipeLine,
  type CraftingRecipe,
  type CraftingTree,
} from './crafting-tree.ts'
import { generateRecipes } from './generate-recipes.ts'
import { stepTextcraft, type Inventory } from './play-textcraft.ts'

/** Options of {@link textcraft}. */
export interface TextcraftOptions {
  /** The recipes. @defaultValue a tree of invented things, from seed 0 */
  readonly tree?: CraftingTree
  /** Seed of the distractors, their order and the split. @defaultValue 0 */
  readonly seed?: number
  /** Number of goals held out. @defaultValue a fifth */
  readonly test?: number
  /** Turns after which an attempt ends. @defaultValue 40 */
  readonly maxTurns?: number
}

/** How to act, for the solver. */
export const textcraftInstructions = `You craft things. You are given crafting commands and a goal. Commands you can use:
craft [number] [thing] using [number] [thing], [number] [thing], … – with exactly the amounts of one of the crafting commands
get [number] [thing] – for things that are found, not crafted
inventory – what you carry
A crafting command may name a kind of thing, such as "planks": use a thing of that kind by its own name. Think first, then give one command
between <action> and </action>.`

const distractorsAtMost = 10
const usesAtMost = 10

/** All recipes that may be of use on the way to a thing. */
function recipesFor(tree: CraftingTree, goal: string): CraftingRecipe[] {
  const names = new Set([goal])
  const recipes = new Set<CraftingRecipe>()
  for (const name of names) {
    for (const recipe of tree.byItem.get(name) ?? tree.byTag.get(name) ?? []) {
      recipes.add(recipe)
      for (const input of recipe.inputs) names.add(ingredientName(input))
    }
  }
  return [...recipes]
}

function usesOf(tree: CraftingTree): Map<string, CraftingRecipe[]> {
  const uses = new Map<string, CraftingRecipe[]>()
  for (const recipe of tree.recipes)
    for (const input of recipe.inputs)
      uses.set(ingredientName(input), [...(uses.get(ingredientName(input)) ?? []), recipe])
  return uses
}

/**
 * What a task shows first: the recipes on the way to the goal and up to ten others that use the
 * same things, shuffled, and the goal.
 *
 * @example
 * const tree = generateRecipes()
 * textcraftObservation(tree, tree.goals[0], 0) // 'Crafting commands:\ncraft …\n\nGoal: craft ….'
 */
export function textcraftObservation(tree: CraftingTree, goal: string, seed: number): string {
  const draws = drawsFrom(randomStream(seed, 'textcraft', goal))
  const recipes = recipesFor(tree, goal)
  const uses = usesOf(tree)
  const lines = new Set(recipes.map(recipeLine))
  const others = recipes.flatMap(({ inputs }) =>
    inputs.flatMap((input) =>
      draws.shuffled(uses.get(ingredientName(input)) ?? []).slice(0, usesAtMost),
    ),
  )
  const distractors = draws
    .shuffled([...new Set(others.map(recipeLine))].filter((line) => !lines.has(line)))
    .slice(0, distractorsAtMost)
  return `Crafting commands:\n${draws.shuffled([...lines, ...distractors]).join('\n')}\n\nGoal: craft ${displayName(goal)}.`
}

function split(
  tree: CraftingTree,
  seed: number,
  test: number,
): { train: string[]; test: string[] } {
  const held = new Set(
    randomStream(seed, 'textcraft', 'split').permutation(0, tree.goals.length).subarray(0, test),
  )
  const ids = tree.goals.map((_, i) => i)
  return {
    train: ids.filter((i) => !held.has(i)).map(String),
    test: ids.filter((i) => held.has(i)).map(String),
  }
}

/**
 * TextCraft (Prasad et al. 2024, arXiv 2311.05772): craft a goal from recipes, with AgentGym's
 * rules and answers. A task's id is its goal's place among all goals by depth, as in AgentGym.
 *
 * @example
 * import { readJson } from '@icrl/environments/node'
 *
 * const environment = textcraft({
 *   tree: readRecipes(readJson('recipes.json') as Record<string, unknown>),
 * })
 */
export function textcraft(options: TextcraftOptions = {}): Environment {
  const { tree = generateRecipes(), seed = 0, maxTurns = 40 } = options
  const { test = Math.ceil(tree.goals.length / 5) } = options
  const tasks = split(tree, seed, test)
  return localEnvironment({
    name: 'textcraft',
    instructions: textcraftInstructions,
    maxTurns,
    tasks,
    play: (taskId) => {
      const goal = /^(0|[1-9]\d{0,6})$/.test(taskId) ? tree.goals[Number(taskId)] : undefined
      if (goal === undefined) throw unknownTask('textcraft', taskId)
      let inventory: Inventory = new Map()
      const observation = textcraftObservation(tree, goal, seed)
      return {
        start: { task: observation.slice(observation.lastIndexOf('Goal: ')), observation },
        step: (action) => stepTextcraft(tree, goal, inventory, action),
        snapshot: () => [...inventory].map(([item, count]) => [item, String(count)]),
        restore: (state) => {
          inventory = new Map(
            (state as [string, string][]).map(([item, count]) => [item, BigInt(count)]),
          )
        },
      }
    },
  })
}
