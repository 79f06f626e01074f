import { randomStream } from '@icrl/core'
import { drawsFrom, type Draws } from '../draws.ts'
import {
  craftingTree,
  type CraftingRecipe,
  type CraftingTree,
  type Ingredient,
} from './crafting-tree.ts'

/** Options of {@link generateRecipes}. */
export interface GenerateRecipesOptions {
  /** Another seed makes other recipes. @defaultValue 0 */
  readonly seed?: number
  /**
   * Number of things that can be made at each depth: `goals[0]` at depth 1 ….
   *
   * @defaultValue 60, 50, 40, 20
   */
  readonly goals?: readonly number[]
}

const materials =
  'ash birch cedar clay copper cotton flax flint glass hemp iron jade leather linen marble oak pine reed salt silk slate tin wax willow wool'.split(
    ' ',
  )
const forms = [
  'fibre log ore lump hide sand stalk chip'.split(' '),
  'plank thread ingot brick strip pane rod shard'.split(' '),
  'cloth panel plate tile rope lens handle blade'.split(' '),
  'box wheel lamp bag frame axe flute jar'.split(' '),
  'chest cart lantern loom cabinet wagon harp kiln'.split(' '),
  'mill ship tower organ bridge clock forge press'.split(' '),
]
const id = (material: string, form: string): string => `minecraft:${material}_${form}`

function drawInputs(
  draws: Draws,
  below: readonly (readonly string[])[],
  tags: ReadonlyMap<string, string>,
): Ingredient[] {
  const deepest = draws.pick(below[below.length - 1])
  // The rest comes from near the bottom, so that even the deepest goals take a few dozen commands
  // at most.
  const others = draws
    .shuffled(
      below
        .slice(0, 2)
        .flat()
        .filter((item) => item !== deepest),
    )
    .slice(0, draws.between(0, 2))
  return [deepest, ...others].map((item, i) => {
    const tag = tags.get(item)
    // Now and then any member of a tag will do, though never for the part that gives the depth.
    return i > 0 && tag !== undefined && draws.chance(0.3)
      ? { tag, count: draws.between(1, 2) }
      : { item, count: draws.between(1, i === 0 ? 2 : 3) }
  })
}

/**
 * A crafting tree of invented things: a thing at one depth needs something of the depth before.
 *
 * @example
 * textcraft({ tree: generateRecipes({ seed: 4, goals: [30, 20, 10] }) })
 */
export function generateRecipes(options: GenerateRecipesOptions = {}): CraftingTree {
  const { seed = 0, goals = [60, 50, 40, 20] } = options
  const draws = drawsFrom(randomStream(seed, 'textcraft', 'recipes'))
  const levels: string[][] = [materials.map((material) => id(material, draws.pick(forms[0])))]
  const tags = new Map<string, string>()
  const recipes: CraftingRecipe[] = []
  goals.forEach((count, depth) => {
    const level = Math.min(depth + 1, forms.length - 1)
    const used = new Set(levels.flat())
    const free = draws
      .shuffled(
        materials.flatMap((material) =>
          forms[level].map((form) => ({ item: id(material, form), tag: `minecraft:${form}s` })),
        ),
      )
      .filter(({ item }) => !used.has(item))
    const made = free.slice(0, count).map(({ item, tag }) => {
      const tagged = depth === 0 && draws.chance(0.5)
      recipes.push({
        output: { item, ...(tagged ? { tag } : {}), count: draws.pick([1, 1, 2, 4]) },
        inputs: drawInputs(draws, levels, tags),
      })
      return { item, tag: tagged ? tag : undefined }
    })
    for (const { item, tag } of made) if (tag !== undefined) tags.set(item, tag)
    levels.push(made.map(({ item }) => item))
  })
  return craftingTree(recipes)
}
