import type { PassItem } from '@icrl/core'
import { groupEqual } from './group-equal.ts'
import { lastScored } from './pack.ts'

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
  const prompts = groupEqual(items.map(({ prompt }) => prompt))
  const packs: number[][] = []
  let open = { items: [] as number[], prompts: new Set<number>(), rows: 0 }
  const rowsOf = (unit: readonly number[], known: ReadonlySet<number>): number => {
    const fresh = new Set(
      unit
        .filter((i) => lastScored(items[i]) >= 0 && !known.has(prompts[i]))
        .map((i) => prompts[i]),
    )
    const ofPrompts = [...fresh].reduce((rows, i) => rows + items[i].prompt.length, 0)
    return unit.reduce((rows, i) => rows + Math.max(0, lastScored(items[i])), ofPrompts)
  }
  for (const unit of unitsOf(items)) {
    if (open.items.length > 0 && open.rows + rowsOf(unit, open.prompts) > budget) {
      packs.push(open.items)
      open = { items: [], prompts: new Set(), rows: 0 }
    }
    open.rows += rowsOf(unit, open.prompts)
    for (const i of unit) {
      open.items.push(i)
      if (lastScored(items[i]) >= 0) open.prompts.add(prompts[i])
    }
  }
  return open.items.length > 0 ? [...packs, open.items] : packs
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
