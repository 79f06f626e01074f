/** An item, or any item of a tag, and how many. */
export interface Ingredient {
  /** The item, where it must be this one. */
  readonly item?: string
  /** If there is no item: any member of this tag. */
  readonly tag?: string
  /** How many. */
  readonly count: number
}

/** Ids as `minecraft:oak_planks`. */
export interface CraftingRecipe {
  /** What it makes, and how many. */
  readonly output: { readonly item: string; readonly tag?: string; readonly count: number }
  /** What it takes. */
  readonly inputs: readonly Ingredient[]
}

/** What can be made from what. */
export interface CraftingTree {
  /** All recipes. */
  readonly recipes: readonly CraftingRecipe[]
  /** Recipes by the item made, in the order of loading. */
  readonly byItem: ReadonlyMap<string, readonly CraftingRecipe[]>
  /** Recipes by the tag of what they make. */
  readonly byTag: ReadonlyMap<string, readonly CraftingRecipe[]>
  /** Tag of each item that has one. */
  readonly tagOf: ReadonlyMap<string, string>
  /** All items. */
  readonly items: ReadonlySet<string>
  /** All tags. */
  readonly tags: ReadonlySet<string>
  /** Things that can be made, those of least depth first; a task's number is its place here. */
  readonly goals: readonly string[]
  /** The fewest crafting steps in a row that an item or tag needs; 0 for what is found. */
  depth(name: string): number
}

/** Item or tag of an ingredient. */
export function ingredientName({ item, tag }: Ingredient): string {
  return item ?? tag!
}

/** `minecraft:oak_planks` as players write it: "oak planks". */
export function displayName(id: string): string {
  return id.replaceAll('minecraft:', '').replaceAll('_', ' ')
}

/** A recipe as a command: "craft 4 oak planks using 1 oak logs". */
export function recipeLine({ output, inputs }: CraftingRecipe): string {
  return `craft ${output.count} ${displayName(output.item)} using ${inputs.map((input) => `${input.count} ${displayName(ingredientName(input))}`).join(', ')}`
}

function groupBy<T>(list: readonly T[], key: (value: T) => string | undefined): Map<string, T[]> {
  const groups = new Map<string, T[]>()
  for (const value of list) {
    const name = key(value)
    if (name !== undefined) groups.set(name, [...(groups.get(name) ?? []), value])
  }
  return groups
}

function depths(
  byItem: ReadonlyMap<string, readonly CraftingRecipe[]>,
  byTag: ReadonlyMap<string, readonly CraftingRecipe[]>,
): (name: string) => number {
  const known = new Map<string, number>()
  const depth = (name: string, path: ReadonlySet<string>): number => {
    const kept = known.get(name)
    if (kept !== undefined) return kept
    const recipes = byItem.get(name) ?? byTag.get(name)
    if (!recipes) return 0
    if (path.has(name)) return Infinity
    const below = new Set(path).add(name)
    const least = Math.min(
      ...recipes.map(({ inputs }) =>
        Math.max(...inputs.map((input) => depth(ingredientName(input), below) + 1)),
      ),
    )
    if (Number.isFinite(least)) known.set(name, least)
    return least
  }
  return (name) => depth(name, new Set())
}

/**
 * A tree of recipes, with AgentGym's conventions: a tag used as an ingredient without any member
 * that can be made is an item of its own.
 *
 * @param found items and tags that are known although no recipe kept contains them
 * @example
 * const tree = craftingTree([
 *   {
 *     output: { item: 'minecraft:stick', count: 4 },
 *     inputs: [{ item: 'minecraft:planks', count: 2 }],
 *   },
 * ])
 * tree.goals // ['minecraft:stick']
 */
export function craftingTree(
  given: readonly CraftingRecipe[],
  found: {
    readonly items?: Iterable<string>
    readonly tags?: Iterable<string>
    readonly tagOf?: ReadonlyMap<string, string>
  } = {},
): CraftingTree {
  const tagOf =
    found.tagOf ??
    new Map(
      given.flatMap(({ output: { item, tag } }) =>
        tag !== undefined && tag !== item ? [[item, tag] as const] : [],
      ),
    )
  const made = new Set(given.map(({ output }) => output.item))
  const makable = new Set([...tagOf].flatMap(([item, tag]) => (made.has(item) ? [tag] : [])))
  const plain = (input: Ingredient): Ingredient =>
    input.item === undefined && !makable.has(input.tag!)
      ? { item: input.tag!, count: input.count }
      : input
  const recipes = given.map(({ output, inputs }) => ({ output, inputs: inputs.map(plain) }))
  const renamed = given.flatMap(({ inputs }) =>
    inputs.flatMap((input) =>
      input.item === undefined && plain(input).item !== undefined ? [input.tag!] : [],
    ),
  )
  const byItem = groupBy(recipes, ({ output }) => output.item)
  const byTag = groupBy(recipes, ({ output }) => output.tag)
  const depth = depths(byItem, byTag)
  const inputs = recipes.flatMap((recipe) => recipe.inputs)
  const tags = new Set([
    ...(found.tags ?? []),
    ...tagOf.values(),
    ...inputs.flatMap(({ item, tag }) => (item === undefined ? [tag!] : [])),
  ])
  for (const tag of renamed) tags.delete(tag)
  return {
    recipes,
    byItem,
    byTag,
    tagOf,
    tags,
    items: new Set([
      ...(found.items ?? []),
      ...made,
      ...inputs.flatMap(({ item }) => item ?? []),
      ...renamed,
    ]),
    goals: [...byItem.keys()]
      .map((item) => [item, depth(item)] as const)
      .sort(([, a], [, b]) => a - b)
      .map(([item]) => item),
    depth,
  }
}
