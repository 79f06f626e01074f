import type { Node } from '../syntax/node.ts'

/** An answer without the range of its parameter: `k\pi, k \in \mathbb{Z}` as `k\pi`. */
export function dropQualifiers(node: Node): Node {
  if (node.type !== 'list' || node.of.length < 2) return node
  const of = node.of.filter(
    (item) =>
      !(
        item.type === 'relation' &&
        item.signs[0] === '∈' &&
        item.sides[1].type === 'numberSet' &&
        item.sides[1].name !== 'R'
      ),
  )
  return of.length === node.of.length || of.length === 0
    ? node
    : of.length === 1
      ? of[0]
      : { ...node, of }
}
