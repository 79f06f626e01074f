import type { Rational } from '../exact/rational.ts'
import type { Unit } from './units.ts'

/** Relation signs as the parser hands them on. */
export type RelationSign =
  | '='
  | '!='
  | '<'
  | '<='
  | '>'
  | '>='
  | '≈'
  | '≡'
  | '∈'
  | '∉'
  | '⊂'
  | '⊆'
  | '→'
  | '⇒'
  | '⇔'

export type OpeningBracket = '(' | '[' | '{' | '⟨'
export type ClosingBracket = ')' | ']' | '}' | '⟩'

/** The syntax tree of an answer. */
export type Node =
  | NumberNode
  | { readonly type: 'symbol'; readonly name: string }
  | { readonly type: 'constant'; readonly name: 'pi' | 'e' | 'i' }
  | { readonly type: 'infinity' }
  | { readonly type: 'sum'; readonly of: readonly Node[] }
  | { readonly type: 'product'; readonly of: readonly Node[] }
  | { readonly type: 'quotient'; readonly over: Node; readonly under: Node }
  | { readonly type: 'power'; readonly base: Node; readonly exponent: Node }
  | { readonly type: 'negative'; readonly of: Node }
  /** `±` and `∓` before a term; all of one answer take the same branch. */
  | { readonly type: 'signed'; readonly sign: 1 | -1; readonly of: Node }
  /** Root of integer index ≥ 2: real for odd indices of negative numbers. */
  | { readonly type: 'root'; readonly of: Node; readonly index: number }
  /** A known function. */
  | { readonly type: 'call'; readonly name: string; readonly of: readonly Node[] }
  /** A function the answer does not define: f(x), x_n, I(0). */
  | { readonly type: 'unknown'; readonly name: string; readonly of: readonly Node[] }
  | SeriesNode
  | QuantityNode
  | MatrixNode
  | GroupNode
  | ListNode
  | RelationNode
  | {
      readonly type: 'setOperation'
      readonly operator: '∪' | '∩' | '∖'
      readonly left: Node
      readonly right: Node
    }
  | { readonly type: 'builder'; readonly subject: Node; readonly condition: Node }
  | { readonly type: 'numberSet'; readonly name: string }
  | { readonly type: 'emptySet' }
  | PiecewiseNode
  /** A number known up to multiples of the modulus: `3 \pmod 7`. */
  | { readonly type: 'residue'; readonly of: Node; readonly modulus: Node }
  /** Words with a meaning of their own, in normal form: `otherwise`, `n even`. */
  | { readonly type: 'words'; readonly text: string }
  | { readonly type: 'ratio'; readonly of: readonly Node[] }
  /** A numeral in a stated base. */
  | { readonly type: 'numeral'; readonly digits: string; readonly base: number }

export interface NumberNode {
  readonly type: 'number'
  readonly value: Rational
  /** Digits after the point, where written as a decimal. */
  readonly decimals?: number
}

/** Σ or Π of `body` over index = from … to. */
export interface SeriesNode {
  readonly type: 'series'
  readonly operator: 'sum' | 'product'
  readonly index: string
  readonly from: Node
  readonly to: Node
  readonly body: Node
}

/** Values, each under a condition: `x \text{ if } x > 0`. */
export interface PiecewiseNode {
  readonly type: 'piecewise'
  readonly values: readonly Node[]
  /** One per value; words without text where a value has none. */
  readonly conditions: readonly Node[]
  /** The word that opens each condition. */
  readonly openers: readonly string[]
}

export interface QuantityNode {
  readonly type: 'quantity'
  readonly of: Node
  readonly unit: Unit
}

export interface MatrixNode {
  readonly type: 'matrix'
  readonly rows: readonly (readonly Node[])[]
}

/**
 * Bracketed items: a tuple, an interval, a set, a vector; one parenthesised item is not a group.
 */
export interface GroupNode {
  readonly type: 'group'
  readonly open: OpeningBracket
  readonly close: ClosingBracket
  readonly of: readonly Node[]
}

/** Items without brackets. */
export interface ListNode {
  readonly type: 'list'
  readonly of: readonly Node[]
  /** Whether an "or" stands between them. */
  readonly alternatives: boolean
}

/** sides[0] signs[0] sides[1] signs[1] … */
export interface RelationNode {
  readonly type: 'relation'
  readonly sides: readonly Node[]
  readonly signs: readonly RelationSign[]
}

/** The nodes directly below. */
export function childrenOf(node: Node): readonly Node[] {
  switch (node.type) {
    case 'sum':
    case 'product':
    case 'call':
    case 'unknown':
    case 'group':
    case 'list':
    case 'ratio':
      return node.of
    case 'negative':
    case 'signed':
    case 'root':
    case 'quantity':
      return [node.of]
    case 'quotient':
      return [node.over, node.under]
    case 'power':
      return [node.base, node.exponent]
    case 'series':
      return [node.from, node.to, node.body]
    case 'matrix':
      return node.rows.flat()
    case 'relation':
      return node.sides
    case 'setOperation':
      return [node.left, node.right]
    case 'builder':
      return [node.subject, node.condition]
    case 'piecewise':
      return [...node.values, ...node.conditions]
    case 'residue':
      return [node.of, node.modulus]
    default:
      return []
  }
}

/** The same node over other children, in the order of `childrenOf`. */
export function withChildren(node: Node, children: readonly Node[]): Node {
  switch (node.type) {
    case 'sum':
    case 'product':
    case 'call':
    case 'unknown':
    case 'group':
    case 'list':
    case 'ratio':
      return { ...node, of: children }
    case 'negative':
    case 'signed':
    case 'root':
    case 'quantity':
      return { ...node, of: children[0] }
    case 'quotient':
      return { ...node, over: children[0], under: children[1] }
    case 'power':
      return { ...node, base: children[0], exponent: children[1] }
    case 'series':
      return { ...node, from: children[0], to: children[1], body: children[2] }
    case 'matrix': {
      const width = node.rows[0].length
      return { ...node, rows: node.rows.map((_, i) => children.slice(i * width, (i + 1) * width)) }
    }
    case 'relation':
      return { ...node, sides: children }
    case 'setOperation':
      return { ...node, left: children[0], right: children[1] }
    case 'builder':
      return { ...node, subject: children[0], condition: children[1] }
    case 'piecewise': {
      const count = node.values.length
      return { ...node, values: children.slice(0, count), conditions: children.slice(count) }
    }
    case 'residue':
      return { ...node, of: children[0], modulus: children[1] }
    default:
      return node
  }
}

/** The node with every descendant passed through `change`, leaves first. */
export function mapNode(node: Node, change: (node: Node) => Node): Node {
  const children = childrenOf(node)
  if (children.length === 0) return change(node)
  const changed = children.map((child) => mapNode(child, change))
  return change(
    changed.every((child, i) => child === children[i]) ? node : withChildren(node, changed),
  )
}

/** Whether some node of the tree satisfies `test`. */
export function someNode(node: Node, test: (node: Node) => boolean): boolean {
  return test(node) || childrenOf(node).some((child) => someNode(child, test))
}
