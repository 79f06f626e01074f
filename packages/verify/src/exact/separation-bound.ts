import { bitLength } from './rational.ts'
import { printNode } from '../syntax/print-node.ts'
import type { Node } from '../syntax/node.ts'

/** log₂ u and log₂ l of the bound below. */
interface Measure {
  readonly u: number
  readonly l: number
}

/** Bounds beyond this are not asked for. */
const LARGEST = 1e6

/**
 * How small a non-zero algebraic number can be: for an expression E of integers, i, +, −, ·, / and
 * roots,
 *
 *     E = 0  or  |E| ≥ 1 / (u(E)^(D−1) · l(E)),
 *
 * D the product of the indices of its distinct roots. Burnikel, Funke, Mehlhorn, Schirra and
 * Schmitt 2001, "A Separation Bound for Real Algebraic Expressions"; i counts as a square root, as
 * every conjugate of it has modulus 1.
 *
 * @returns log₂ of the bound's denominator, so that a value below 2^−bits is zero; undefined where
 * E is not such an expression
 */
export function separationBits(node: Node): number | undefined {
  const roots = new Map<string, number>()
  const measure = measureOf(node, roots)
  if (!measure) return undefined
  let degree = 1
  for (const index of roots.values()) degree *= index
  const bits = (degree - 1) * Math.max(0, measure.u) + Math.max(0, measure.l)
  return bits < LARGEST ? Math.ceil(bits) + 1 : undefined
}

function measureOf(node: Node, roots: Map<string, number>): Measure | undefined {
  switch (node.type) {
    case 'number':
      return { u: bitLength(node.value.n), l: node.value.d === 1n ? 0 : bitLength(node.value.d) }
    case 'constant':
      if (node.name !== 'i') return undefined
      roots.set('i', 2)
      return { u: 0, l: 0 }
    case 'negative':
      return measureOf(node.of, roots)
    case 'sum':
      return combine(node.of, roots, (a, b) => ({
        u: Math.max(a.u + b.l, b.u + a.l) + 1,
        l: a.l + b.l,
      }))
    case 'product':
      return combine(node.of, roots, (a, b) => ({ u: a.u + b.u, l: a.l + b.l }))
    case 'quotient':
      return combine([node.over, node.under], roots, (a, b) => ({ u: a.u + b.l, l: a.l + b.u }))
    case 'root':
      return rootOf(measureOf(node.of, roots), node.index, printNode(node), roots)
    case 'power':
      return powerOf(node.base, node.exponent, printNode(node), roots)
    default:
      return undefined
  }
}

function combine(
  nodes: readonly Node[],
  roots: Map<string, number>,
  step: (a: Measure, b: Measure) => Measure,
): Measure | undefined {
  let result: Measure | undefined
  for (const node of nodes) {
    const measure = measureOf(node, roots)
    if (!measure) return undefined
    result = result ? step(result, measure) : measure
  }
  return result
}

/** ᵏ√(U/L) = ᵏ√(U L^(k−1)) / L */
function rootOf(
  of: Measure | undefined,
  index: number,
  name: string,
  roots: Map<string, number>,
): Measure | undefined {
  if (!of) return undefined
  roots.set(name, index)
  return { u: (of.u + (index - 1) * of.l) / index, l: of.l }
}

function powerOf(
  base: Node,
  exponent: Node,
  name: string,
  roots: Map<string, number>,
): Measure | undefined {
  const by = literalFraction(exponent)
  const of = by && measureOf(base, roots)
  if (!by || !of) return undefined
  const times = Math.abs(by[0])
  const raised: Measure =
    by[0] < 0 ? { u: of.l * times, l: of.u * times } : { u: of.u * times, l: of.l * times }
  return by[1] === 1 ? raised : rootOf(raised, by[1], name, roots)
}

function literalFraction(node: Node): [number, number] | undefined {
  if (node.type === 'number' && node.value.d <= 64n && bitLength(node.value.n) < 16)
    return [Number(node.value.n), Number(node.value.d)]
  if (node.type === 'negative') {
    const of = literalFraction(node.of)
    return of && [-of[0], of[1]]
  }
  if (node.type !== 'quotient') return undefined
  const [over, under] = [literalFraction(node.over), literalFraction(node.under)]
  return over && under && over[1] === 1 && under[1] === 1 && under[0] > 0 && under[0] <= 64
    ? [over[0], under[0]]
    : undefined
}
