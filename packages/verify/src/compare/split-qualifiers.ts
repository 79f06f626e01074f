import { freeSymbols } from '../numeric/sample-points.ts'
import type { Node } from '../syntax/node.ts'

/** An answer apart from what it says of its letters. */
export interface Qualified {
  readonly core: Node
  readonly qualifiers: readonly Node[]
}

/**
 * An answer and the range of its parameters: `k\pi` of `k\pi, k \in \mathbb{Z}`, `x + 2` of `x + 2,
 * x \ne 2`. Where the rest is a set or an inequality, all of it is the answer.
 */
export function splitQualifiers(node: Node): Qualified {
  if (node.type !== 'list' || node.of.length < 2) return { core: node, qualifiers: [] }
  const isQualifier = (item: Node): boolean => isRange(item) || restricts(item, node.of)
  const kept = node.of.filter((item) => !isQualifier(item))
  if (kept.length === 0 || kept.length === node.of.length || kept.some(isCondition))
    return { core: node, qualifiers: [] }
  return {
    core: kept.length === 1 ? kept[0] : { ...node, of: kept },
    qualifiers: node.of.filter(isQualifier),
  }
}

/** `k ∈ ℤ` */
function isRange(item: Node): boolean {
  return item.type === 'relation' && item.signs[0] === '∈' && item.sides[1].type === 'numberSet'
}

/** A relation of one letter that another item has: `x ≠ 2` beside `x + 2`, not beside `x > 1`. */
function restricts(item: Node, all: readonly Node[]): boolean {
  if (item.type !== 'relation' || item.signs.includes('=') || item.sides[0].type !== 'symbol')
    return false
  if (item.signs.some((sign) => !['!=', '<', '<=', '>', '>='].includes(sign))) return false
  const { name } = item.sides[0]
  return all.some((other) => !isCondition(other) && other !== item && freeSymbols(other).has(name))
}

function isCondition(item: Node): boolean {
  return (
    item.type === 'relation' &&
    item.signs.some((sign) => ['!=', '<', '<=', '>', '>=', '∉', '∈'].includes(sign))
  )
}
