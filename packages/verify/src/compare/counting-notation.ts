import type { Budget } from '../budget.ts'
import { rationalValue } from '../exact/rational-value.ts'
import { compareRational } from '../exact/rational.ts'
import { mapNode, someNode, type Node } from '../syntax/node.ts'

/**
 * An answer with C(10, 3), `C_{10}^{3}` and P(10, 3) as the numbers they count, where the other
 * answer is one number: the letters may name anything else.
 */
export function withCounts(node: Node, other: Node, budget: Budget): Node {
  if (!budget.conventions.countingNotation) return node
  if (!someNode(node, isCount) || rationalValue(other, budget) === undefined) return node
  return mapNode(node, (child) => countOf(child) ?? child)
}

function isCount(node: Node): boolean {
  return countOf(node) !== undefined
}

function countOf(node: Node): Node | undefined {
  if (node.type === 'unknown' && node.of.length === 2 && /^[CPA]$/.test(node.name))
    return count(node.name, node.of[0], node.of[1])
  if (node.type !== 'power' || node.base.type !== 'symbol') return undefined
  const match = /^([CPA])_(\d{1,4})$/.exec(node.base.name)
  return match
    ? count(match[1], { type: 'number', value: { n: BigInt(match[2]), d: 1n } }, node.exponent)
    : undefined
}

/** Combinations, or for P and A arrangements: the combinations times k!. */
function count(letter: string, n: Node, k: Node): Node | undefined {
  // C(1, 2) is a point
  if (n.type !== 'number' || k.type !== 'number' || compareRational(k.value, n.value) > 0)
    return undefined

  const combinations: Node = { type: 'call', name: 'binomial', of: [n, k] }
  return letter === 'C'
    ? combinations
    : { type: 'product', of: [combinations, { type: 'call', name: 'factorial', of: [k] }] }
}
