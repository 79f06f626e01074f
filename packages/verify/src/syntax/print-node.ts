import { childrenOf, type Node } from './node.ts'

/** Nodes never change: each is printed once. */
const printed = new WeakMap<Node, string>()

/**
 * A canonical text of a tree: the same for the same tree, sums and products in sorted order. Equal
 * texts are equal values; unequal ones say nothing.
 */
export function printNode(node: Node): string {
  let text = printed.get(node)
  if (text === undefined) printed.set(node, (text = print(node)))
  return text
}

function print(node: Node): string {
  switch (node.type) {
    case 'number':
      return node.value.d === 1n ? `${node.value.n}` : `(${node.value.n}/${node.value.d})`
    case 'symbol':
      return `<${node.name}>`
    case 'constant':
      return node.name
    case 'infinity':
      return 'infinity'
    case 'emptySet':
      return '{}'
    case 'numberSet':
      return `set ${node.name}`
    case 'numeral':
      return `${node.digits}_${node.base}`
    case 'sum':
      return `(${printAll(node.of).sort().join('+')})`
    case 'product':
      return node.of.some(({ type }) => type === 'matrix')
        ? `(${printAll(node.of).join('*')})`
        : `(${printAll(node.of).sort().join('*')})`
    case 'negative':
      return `-${printNode(node.of)}`
    case 'signed':
      return `${node.sign > 0 ? '±' : '∓'}${printNode(node.of)}`
    case 'root':
      return `root${node.index}(${printNode(node.of)})`
    case 'call':
    case 'unknown':
      return `${node.type} ${node.name}(${printAll(node.of).join(',')})`
    case 'series':
      return `${node.operator}(${node.index},${printAll(childrenOf(node)).join(',')})`
    case 'quantity':
      return `${printNode(node.of)}[${[...node.unit.dimensions].join(' ')} ${node.unit.factor.n}/${node.unit.factor.d}]`
    case 'matrix':
      return `matrix(${node.rows.map((row) => printAll(row).join(',')).join(';')})`
    case 'group':
      return `${node.open}${printAll(node.of).join(',')}${node.close}`
    case 'list':
      return `list${node.alternatives ? ' or' : ''}(${printAll(node.of).join(',')})`
    case 'relation':
      return node.sides.map((side, i) => printNode(side) + (node.signs[i] ?? '')).join('')
    case 'setOperation':
      return `(${printNode(node.left)}${node.operator}${printNode(node.right)})`
    case 'words':
      return `words ${node.text}`
    case 'piecewise':
      return `piecewise(${node.values.map((value, i) => `${printNode(value)} ${node.openers[i]} ${printNode(node.conditions[i])}`).join(';')})`
    case 'quotient':
    case 'power':
    case 'ratio':
    case 'builder':
    case 'residue':
      return `${node.type}(${printAll(childrenOf(node)).join(',')})`
  }
}

function printAll(nodes: readonly Node[]): string[] {
  return nodes.map(printNode)
}
