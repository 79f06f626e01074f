import { IcrlError } from '@icrl/core'
import {
  craftingTree,
  ingredientName,
  type CraftingRecipe,
  type CraftingTree,
  type Ingredient,
} from './crafting-tree.ts'

type Fields = Readonly<Record<string, unknown>>

const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

function ingredient(value: unknown, count: number, where: string): Ingredient {
  const first = Array.isArray(value) ? value[0] : value
  if (isFields(first) && typeof first.item === 'string') return { item: first.item, count }
  if (isFields(first) && typeof first.tag === 'string') return { tag: first.tag, count }
  throw new IcrlError(`${where}: an ingredient with neither item nor tag.`, {
    code: 'corrupt-file',
    remedy: 'Check the recipe.',
  })
}

function readInputs(recipe: Fields, where: string): Ingredient[] | undefined {
  const { type, pattern, key, ingredients } = recipe
  if (type === 'minecraft:crafting_shaped' && Array.isArray(pattern) && isFields(key)) {
    return Object.entries(key).map(([letter, value]) =>
      ingredient(value, pattern.join('').split(letter).length - 1, where),
    )
  }
  if (type !== 'minecraft:crafting_shapeless' || !Array.isArray(ingredients)) return undefined
  const merged = new Map<string, Ingredient>()
  for (const value of ingredients) {
    const one = ingredient(value, 1, where)
    const name = ingredientName(one)
    merged.set(name, { ...one, count: (merged.get(name)?.count ?? 0) + 1 })
  }
  return [...merged.values()]
}

function reaches(
  dependencies: ReadonlyMap<string, ReadonlySet<string>>,
  from: string,
  wanted: string,
): boolean {
  const seen = new Set([from])
  for (const name of seen) for (const next of dependencies.get(name) ?? []) seen.add(next)
  return seen.has(wanted)
}

/**
 * Reads Minecraft's recipe files (file name → content) as a crafting tree, as AgentGym's TextCraft
 * builds it when it loads them in sorted order. It takes shaped and shapeless recipes and the first
 * of alternatives. It leaves out recipes whose only input is a `…_block`, and those whose inputs
 * already depend on their output.
 *
 * @throws IcrlError `corrupt-file` naming the file
 * @example
 * import { readJson } from '@icrl/environments/node'
 *
 * const tree = readRecipes(readJson('recipes.json') as Record<string, unknown>)
 */
export function readRecipes(files: Readonly<Record<string, unknown>>): CraftingTree {
  const recipes: CraftingRecipe[] = []
  const items = new Set<string>()
  const tags = new Set<string>()
  const tagOf = new Map<string, string>()
  const dependencies = new Map<string, Set<string>>()
  for (const [name, recipe] of Object.entries(files).sort(([a], [b]) => (a < b ? -1 : 1))) {
    if (!isFields(recipe))
      throw new IcrlError(`${name}: not a recipe.`, {
        code: 'corrupt-file',
        remedy: 'Give Minecraft’s recipe files.',
      })
    const inputs = readInputs(recipe, name)
    if (!inputs) continue
    const { result } = recipe
    const item = typeof result === 'string' ? result : isFields(result) ? result.item : undefined
    if (typeof item !== 'string')
      throw new IcrlError(`${name}: no result.`, {
        code: 'corrupt-file',
        remedy: 'Check the recipe.',
      })
    const count =
      isFields(result) && typeof result.count === 'number' && result.count > 0 ? result.count : 1
    for (const input of inputs) (input.item === undefined ? tags : items).add(ingredientName(input))
    items.add(item)
    if (inputs.length === 1 && ingredientName(inputs[0]).endsWith('_block')) continue
    const tag = typeof recipe.group === 'string' ? `minecraft:${recipe.group}` : undefined
    if (tag !== undefined && tag !== item) {
      tags.add(tag)
      tagOf.set(item, tag)
    }
    if (inputs.some((input) => reaches(dependencies, ingredientName(input), item))) continue
    dependencies.set(
      item,
      new Set([...(dependencies.get(item) ?? []), ...inputs.map(ingredientName)]),
    )
    recipes.push({ output: { item, ...(tag === undefined ? {} : { tag }), count }, inputs })
  }
  return craftingTree(recipes, { items, tags, tagOf })
}
