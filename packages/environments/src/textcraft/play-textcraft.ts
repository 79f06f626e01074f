import type { EpisodeStep } from '@icrl/core'
import { displayName, type CraftingRecipe, type CraftingTree } from './crafting-tree.ts'

interface Amount {
  /** Exactly one of the two. */
  readonly item: string | undefined
  readonly tag: string | undefined
  readonly count: bigint
}

/** What a player carries: items in the order of getting them, with their numbers. */
export type Inventory = Map<string, bigint>

/** What a command gave, or why it gave nothing. */
type Outcome = { readonly refused: string } | { readonly item: string; readonly count: bigint }

function amountOf(tree: CraftingTree, name: string, count: bigint): Amount {
  const id = `minecraft:${name.replaceAll(' ', '_')}`
  return tree.tags.has(id)
    ? { item: undefined, tag: id, count }
    : { item: id, tag: undefined, count }
}

const counted = /^([0-9]+) ([^\n]*)/
const quoted = (name: string | undefined): string => (name === undefined ? 'None' : `'${name}'`)

function readInputs(tree: CraftingTree, text: string): Amount[] | { readonly refused: string } {
  const inputs: Amount[] = []
  for (const part of text.split(',')) {
    const match = counted.exec(part.trim())
    if (!match) return { refused: `Wrong item format: ${part.trim()}` }
    inputs.push(amountOf(tree, match[2], BigInt(match[1])))
  }
  return inputs
}

/** Whether the inputs are exactly a recipe's, in any order; a tag accepts one of its members. */
function matches(tree: CraftingTree, recipe: CraftingRecipe, inputs: readonly Amount[]): boolean {
  const left = [...inputs]
  for (const wanted of recipe.inputs) {
    const at = left.findIndex(({ item, tag }) =>
      wanted.item !== undefined
        ? item === wanted.item
        : tag === wanted.tag || (item !== undefined && tree.tagOf.get(item) === wanted.tag),
    )
    if (at < 0 || left[at].count !== BigInt(wanted.count)) return false
    left.splice(at, 1)
  }
  return left.length === 0
}

function craft(
  tree: CraftingTree,
  inventory: Inventory,
  outputText: string,
  inputText: string,
): Outcome {
  const match = counted.exec(outputText)
  const output = match ? amountOf(tree, match[2], BigInt(match[1])) : amountOf(tree, outputText, 1n)
  const inputs = readInputs(tree, inputText)
  if ('refused' in inputs) return inputs
  const enough = inputs.every(
    ({ item, count }) => item !== undefined && (inventory.get(item) ?? -1n) >= count,
  )
  if (!enough) return { refused: `Could not find enough items to craft ${output.item ?? 'None'}` }
  const recipe = tree.byItem
    .get(output.item ?? '')
    ?.find((candidate) => matches(tree, candidate, inputs))
  if (!recipe)
    return {
      refused: `Could not find a valid recipe for ItemTagWithCount(item_tag=ItemTag(tag=${quoted(output.tag)}, item_id=${quoted(output.item)}), count=${output.count})`,
    }
  for (const { item, count } of inputs) {
    const left = (inventory.get(item!) ?? 0n) - count
    if (left === 0n) inventory.delete(item!)
    else inventory.set(item!, left)
  }
  return add(inventory, recipe.output.item, BigInt(recipe.output.count))
}

function add(inventory: Inventory, item: string, count: bigint): Outcome {
  inventory.set(item, (inventory.get(item) ?? 0n) + count)
  return { item, count }
}

function get(tree: CraftingTree, inventory: Inventory, count: bigint, name: string): Outcome {
  const { item } = amountOf(tree, name, count)
  const isFound =
    item !== undefined && tree.items.has(item) && !tree.byItem.has(item) && !tree.byTag.has(item)
  return isFound ? add(inventory, item, count) : { refused: `Could not find ${name}` }
}

const hugeNumber = /[0-9]{100}/

/**
 * One command of TextCraft, with AgentGym's answers word for word:
 * `craft N THING using N THING, …`, `get N THING`, `inventory`. The number before the crafted thing
 * is ignored; a command that fails changes nothing. The reward is 1 when the goal is got or
 * crafted.
 *
 * @param inventory changed in place
 * @example
 * const tree = generateRecipes()
 * stepTextcraft(tree, tree.goals[0], new Map(), 'inventory').observation
 */
export function stepTextcraft(
  tree: CraftingTree,
  goal: string,
  inventory: Inventory,
  action: string,
): EpisodeStep {
  const crafting = /^craft ([^\n]*) using ([^\n]*)/.exec(action)
  const getting = /^get ([0-9]+) ([^\n]*)/.exec(action)
  const answer = (outcome: Outcome, told: (count: bigint, item: string) => string): EpisodeStep => {
    if ('refused' in outcome) return { observation: outcome.refused, reward: 0, done: false }
    const isGoal = outcome.item === goal
    return { observation: told(outcome.count, outcome.item), reward: isGoal ? 1 : 0, done: isGoal }
  }
  if (hugeNumber.test(action))
    return answer({ refused: 'Could not execute a number of that length' }, String)
  if (crafting)
    return answer(
      craft(tree, inventory, crafting[1], crafting[2]),
      (count, item) => `Crafted ${count} ${item}`,
    )
  if (getting)
    return answer(
      get(tree, inventory, BigInt(getting[1]), getting[2]),
      (count) => `Got ${count} ${getting[2]}`,
    )
  if (!action.startsWith('inventory'))
    return answer({ refused: `Could not execute ${action}` }, String)
  const carried = [...inventory]
    .map(([item, count]) => `[${displayName(item)}] (${count}) `)
    .join('')
  return answer(
    { refused: `Inventory: ${carried === '' ? 'You are not carrying anything.' : carried}` },
    String,
  )
}
