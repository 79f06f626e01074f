import { mapNode, someNode, type GroupNode, type ListNode, type Node } from '../syntax/node.ts'

/**
 * An answer without ±: the two answers it stands for, side by side in the list or set it is in. All
 * ± of one item take the same branch, ∓ the other.
 */
export function expandSigned(node: Node): Node {
  if (!someNode(node, (child) => child.type === 'signed')) return node
  if (isItemList(node)) {
    const of = node.of.flatMap((item) => branches(item))
    return { ...node, of }
  }
  // x = \{1 ± √5, −2\} names one set
  if (node.type === 'relation' && node.sides.some(isItemList))
    return {
      ...node,
      sides: node.sides.map((side) => (isItemList(side) ? expandSigned(side) : side)),
    }
  return { type: 'list', alternatives: true, of: branches(node) }
}

function isItemList(node: Node): node is ListNode | GroupNode {
  return node.type === 'list' || (node.type === 'group' && node.open === '{')
}

function branches(node: Node): readonly Node[] {
  if (!someNode(node, (child) => child.type === 'signed')) return [node]
  if (isItemList(node)) return [expandSigned(node)]
  return [1, -1].map((branch) =>
    mapNode(node, (child) =>
      child.type !== 'signed'
        ? child
        : child.sign === branch
          ? child.of
          : { type: 'negative', of: child.of },
    ),
  )
}
