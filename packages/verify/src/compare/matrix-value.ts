import { rationalValue } from '../exact/rational-value.ts'
import { integerOf } from '../exact/rational.ts'
import { spend, type Budget } from '../budget.ts'
import { childrenOf, someNode, type MatrixNode, type Node } from '../syntax/node.ts'
import { Undecidable } from '../undecidable.ts'

const HIGHEST_POWER = 20n
/**
 * Entries of products share parts, so that the tree they spell out grows exponentially: larger ones
 * are given up.
 */
const LARGEST_ENTRY = 2000

export function hasMatrix(node: Node): boolean {
  return someNode(node, ({ type }) => type === 'matrix')
}

/** The matrix an expression of matrices and scalars comes to, entries as expressions. */
export function matrixValue(node: Node, budget: Budget): MatrixNode {
  spend(budget, 5)
  switch (node.type) {
    case 'matrix':
      return node
    case 'negative':
      return mapEntries(matrixValue(node.of, budget), (of) => ({ type: 'negative', of }))
    case 'sum':
      return node.of.map((term) => matrixValue(term, budget)).reduce(add)
    case 'quotient': {
      const over = matrixValue(node.over, budget)
      return mapEntries(over, (entry) => ({ type: 'quotient', over: entry, under: node.under }))
    }
    case 'product': {
      const scalars = node.of.filter((factor) => !hasMatrix(factor))
      const product = node.of
        .filter(hasMatrix)
        .map((factor) => matrixValue(factor, budget))
        .reduce((a, b) => multiply(a, b, budget))
      return scalars.length === 0
        ? product
        : mapEntries(product, (entry) => ({ type: 'product', of: [...scalars, entry] }))
    }
    case 'power':
      return power(node.base, node.exponent, budget)
    default:
      throw new Undecidable(`a ${node.type} is no matrix`)
  }
}

function mapEntries({ rows }: MatrixNode, change: (entry: Node) => Node): MatrixNode {
  return { type: 'matrix', rows: rows.map((row) => row.map(change)) }
}

function add(a: MatrixNode, b: MatrixNode): MatrixNode {
  if (a.rows.length !== b.rows.length || a.rows[0].length !== b.rows[0].length)
    throw new Undecidable('matrices of other shapes')
  return {
    type: 'matrix',
    rows: a.rows.map((row, i) =>
      row.map((entry, j) => ({ type: 'sum', of: [entry, b.rows[i][j]] })),
    ),
  }
}

function multiply(a: MatrixNode, b: MatrixNode, budget: Budget): MatrixNode {
  if (a.rows[0].length !== b.rows.length) throw new Undecidable('matrices of other shapes')
  spend(budget, a.rows.length * b.rows.length * b.rows[0].length)
  return {
    type: 'matrix',
    rows: a.rows.map((row) =>
      b.rows[0].map((_, j) =>
        collapse(
          {
            type: 'sum',
            of: row.map((entry, k) => ({ type: 'product', of: [entry, b.rows[k][j]] })),
          },
          budget,
        ),
      ),
    ),
  }
}

/** A rational entry as its number. */
function collapse(entry: Node, budget: Budget): Node {
  const value = rationalValue(entry, budget)
  if (value) return { type: 'number', value }
  if (sizeOf(entry) > LARGEST_ENTRY) throw new Undecidable('matrix too large')
  return entry
}

/** Nodes of a tree, counted up to about the largest. */
function sizeOf(node: Node): number {
  let size = 1
  for (const child of childrenOf(node)) {
    size += sizeOf(child)
    if (size > LARGEST_ENTRY) break
  }
  return size
}

/** A small positive power, or the transpose. */
function power(base: Node, exponent: Node, budget: Budget): MatrixNode {
  const matrix = matrixValue(base, budget)
  if (exponent.type === 'symbol' && (exponent.name === 'T' || exponent.name === 'top')) {
    return { type: 'matrix', rows: matrix.rows[0].map((_, j) => matrix.rows.map((row) => row[j])) }
  }
  const value = rationalValue(exponent, budget)
  const times = value && integerOf(value)
  if (times === undefined || times < 1n || times > HIGHEST_POWER)
    throw new Undecidable('a power of a matrix')
  let result = matrix
  for (let k = 1n; k < times; k++) result = multiply(result, matrix, budget)
  return result
}
