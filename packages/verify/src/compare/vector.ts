import type { Budget } from '../budget.ts'
import { rationalValue } from '../exact/rational-value.ts'
import type { GroupNode, MatrixNode, Node } from '../syntax/node.ts'
import { printNode } from '../syntax/print-node.ts'
import { matrixOfLists } from './matrix-of-lists.ts'

const BASIS = ['i', 'j', 'k']
const ZERO: Node = { type: 'number', value: { n: 0n, d: 1n } }
const ONE: Node = { type: 'number', value: { n: 1n, d: 1n } }

/** A vector in one of its notations. */
export interface Vector {
  readonly components: readonly Node[]
  /** Whether the notation is one of vectors alone: ⟨1, 2⟩, a column, i + 2j; not (1, 2). */
  readonly isSure: boolean
}

/**
 * The vector an answer is: ⟨1, 2⟩, (1, 2), `[1, 2]^T`, a column or a row, `\mathbf{i} +
 * 2\mathbf{j}`, `P(1, 2)`. [1, 2] alone is an interval unless the other answer is a vector.
 */
export function vectorOf(node: Node, budget: Budget): Vector | undefined {
  if (node.type === 'group') return ofGroup(node)
  if (node.type === 'matrix') return ofMatrix(node)
  if (node.type === 'power' && isTranspose(node.exponent)) {
    const components = node.base.type === 'group' ? node.base.of : undefined
    return components && components.length > 1 ? { components, isSure: true } : undefined
  }
  if (node.type === 'unknown' && /^[A-Z]'*$/.test(node.name) && node.of.length > 1)
    return { components: node.of, isSure: false }
  const components = ofBasis(node, budget)
  return components && { components, isSure: true }
}

function ofGroup({ open, close, of }: GroupNode): Vector | undefined {
  if (of.length < 2 || open === '{') return undefined
  if (open === '⟨') return { components: of, isSure: true }
  return (open === '(') === (close === ')') ? { components: of, isSure: false } : undefined
}

function ofMatrix({ rows }: MatrixNode): Vector | undefined {
  if (rows.length > 1 && rows[0].length === 1)
    return { components: rows.map(([entry]) => entry), isSure: true }
  return rows.length === 1 && rows[0].length > 1 ? { components: rows[0], isSure: true } : undefined
}

/** `\begin{pmatrix}1&2\end{pmatrix}^T` as the column. */
export function withoutTranspose(node: Node): Node {
  if (node.type !== 'power' || !isTranspose(node.exponent)) return node
  const matrix = node.base.type === 'matrix' ? node.base : matrixOfLists(node.base)
  return matrix
    ? {
        type: 'matrix',
        rows: matrix.rows[0].map((_, column) => matrix.rows.map((row) => row[column])),
      }
    : node
}

function isTranspose(exponent: Node): boolean {
  return exponent.type === 'symbol' && /^(?:T|top|intercal)$/.test(exponent.name)
}

/** The coefficients of a sum of multiples of i, j and k, two of them at least by name. */
function ofBasis(node: Node, budget: Budget): readonly Node[] | undefined {
  const coefficients = new Map<string, Node>()
  for (const term of node.type === 'sum' ? node.of : [node]) {
    const found = ofTerm(term, budget)
    if (!found || coefficients.has(found.name)) return undefined
    coefficients.set(found.name, found.coefficient)
  }
  // i alone is the imaginary unit
  if (!coefficients.has('j') && !coefficients.has('k')) return undefined
  const length = coefficients.has('k') ? 3 : 2
  return BASIS.slice(0, length).map((name) => coefficients.get(name) ?? ZERO)
}

function ofTerm(term: Node, budget: Budget): { name: string; coefficient: Node } | undefined {
  if (term.type === 'negative') {
    const of = ofTerm(term.of, budget)
    return of && { name: of.name, coefficient: { type: 'negative', of: of.coefficient } }
  }
  const factors = term.type === 'product' ? term.of : [term]
  const name = basisName(factors[factors.length - 1])
  if (name === undefined) return undefined
  const rest = factors.slice(0, -1)
  if (rest.some((factor) => basisName(factor) !== undefined)) return undefined
  const coefficient: Node =
    rest.length === 0 ? ONE : rest.length === 1 ? rest[0] : { type: 'product', of: rest }
  // a letter as a coefficient makes it a polynomial in j and k as likely
  return rationalValue(coefficient, budget) === undefined && !isNumber(coefficient)
    ? undefined
    : { name, coefficient }
}

function isNumber(node: Node): boolean {
  return !/</.test(printNode(node))
}

function basisName(node: Node): string | undefined {
  const name = node.type === 'symbol' || node.type === 'constant' ? node.name : undefined
  const letter = name?.replace(/^(?:hat|vec|widehat|overrightarrow|bar) /, '').replace('math', '')
  return letter !== undefined && BASIS.includes(letter) ? letter : undefined
}
