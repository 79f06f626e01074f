import type { PassItem } from '@icrl/core'
import { lastScored } from './pack.ts'
import { PromptTree } from './prompt-tree.ts'

/**
 * Cuts items into packs of at most `budget` rows each, in order, without splitting a unit. A unit
 * larger than the budget is a pack of its own.
 *
 * @param items those of one unit need not be neighbors
 * @returns the items' indices, one list per pack
 *
 * @example
 * declare const items: readonly PackItem[] // of the units a, b, a
 * splitIntoPacks(items, 4096) // [[0, 2, 1]] where all fit
 */
export function splitIntoPacks(items: readonly PassItem[], budget: number): number[][] {
  const packs: number[][] = []
  let open = new OpenPack()
  for (const unit of unitsOf(items)) {
    const own = unit.map((i) => items[i])
    if (open.rowsWith(own) > budget && open.items.length > 0) {
      packs.push(open.items)
      open = new OpenPack()
      open.rowsWith(own)
    }
    open.items.push(...unit)
  }
  return open.items.length > 0 ? [...packs, open.items] : packs
}

class OpenPack {
  readonly items: number[] = []
  readonly #prompts = new PromptTree()
  #responses = 0

  /** Counts a unit's rows in; returns how many rows there are with it. */
  rowsWith(unit: readonly PassItem[]): number {
    for (const item of unit) {
      const last = lastScored(item)
      if (last < 0) continue
      this.#prompts.add(item.prompt)
      this.#responses += last
    }
    return this.#prompts.rows + this.#responses
  }
}

function unitsOf(items: readonly PassItem[]): Iterable<number[]> {
  const units = new Map<string | number, number[]>()
  items.forEach(({ unit }, i) => {
    const members = units.get(unit ?? i)
    if (members === undefined) units.set(unit ?? i, [i])
    else members.push(i)
  })
  return units.values()
}
