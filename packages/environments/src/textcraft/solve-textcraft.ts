import {
  displayName,
  ingredientName,
  type CraftingRecipe,
  type CraftingTree,
  type Ingredient,
} from './crafting-tree.ts'

/** The recipe with the shallowest ingredients. */
function easiest(tree: CraftingTree, item: string): CraftingRecipe | undefined {
  const depthOf = ({ inputs }: CraftingRecipe): number =>
    Math.max(...inputs.map((input) => tree.depth(ingredientName(input))))
  return tree.byItem
    .get(item)
    ?.reduce((best, recipe) => (depthOf(recipe) < depthOf(best) ? recipe : best))
}

/** The item to use for an ingredient: itself, or the member of its tag that is easiest to make. */
function choose(tree: CraftingTree, { item, tag }: Ingredient): string {
  if (item !== undefined) return item
  const members = [...tree.tagOf].flatMap(([member, of]) =>
    of === tag && tree.byItem.has(member) ? [member] : [],
  )
  return members.reduce((best, member) => (tree.depth(member) < tree.depth(best) ? member : best))
}

/**
 * An expert: commands that craft a goal from nothing. They first get everything that is found.
 *
 * @example
 * const tree = generateRecipes()
 * const inventory: Inventory = new Map()
 * for (const command of solveTextcraft(tree, tree.goals[7]))
 *   stepTextcraft(tree, tree.goals[7], inventory, command)
 */
export function solveTextcraft(tree: CraftingTree, goal: string): string[] {
  const crafts: string[] = []
  const found = new Map<string, number>()
  const have = new Map<string, number>()
  const need = (item: string, count: number): void => {
    const missing = count - (have.get(item) ?? 0)
    if (missing <= 0) return
    const recipe = easiest(tree, item)
    if (!recipe) {
      found.set(item, (found.get(item) ?? 0) + missing)
      have.set(item, count)
      return
    }
    const inputs = recipe.inputs.map((input) => ({ item: choose(tree, input), count: input.count }))
    const line = `craft ${recipe.output.count} ${displayName(item)} using ${inputs.map((input) => `${input.count} ${displayName(input.item)}`).join(', ')}`
    for (let times = Math.ceil(missing / recipe.output.count); times > 0; times--) {
      // An ingredient made later may use up one made before: ask again until all are there.
      while (inputs.some((input) => (have.get(input.item) ?? 0) < input.count))
        for (const input of inputs) need(input.item, input.count)
      for (const input of inputs) have.set(input.item, have.get(input.item)! - input.count)
      crafts.push(line)
      have.set(item, (have.get(item) ?? 0) + recipe.output.count)
    }
  }
  need(goal, 1)
  return [...[...found].map(([item, count]) => `get ${count} ${displayName(item)}`), ...crafts]
}
