import { spend, type Budget } from '../budget.ts'
import { complexArithmetic } from '../numeric/complex.ts'
import { evaluate } from '../numeric/evaluate.ts'
import { fixedPoint } from '../numeric/fixed-point.ts'
import { freeSymbols } from '../numeric/sample-points.ts'
import type { Node, RelationSign } from '../syntax/node.ts'
import { printNode } from '../syntax/print-node.ts'
import { Undecidable } from '../undecidable.ts'
import { magnitude } from './compare-at.ts'
import type { Equality } from './equality.ts'
import { readRealSet, sameEnd, SET_BITS, type StatedSet } from './read-real-set.ts'
import { contains, sameRealSet, type RealSet } from './real-set.ts'

/**
 * Whether two answers state the same set of reals. Where only one states it outright, the other's
 * relation is tried at the ends of that set, close to them on both sides, between and beyond them.
 */
export function sameSet(gold: Node, given: Node, budget: Budget): Equality {
  const [a, b] = [stated(gold, budget), stated(given, budget)]
  if (a && b) {
    if (a.variable !== undefined && b.variable !== undefined && a.variable !== b.variable)
      return 'different'
    return sameRealSet(a.set, b.set, sameEnd) ? 'exact' : 'different'
  }
  if (a) return holdsExactlyOn(given, a, budget)
  return b ? holdsExactlyOn(gold, b, budget) : 'undecided'
}

function stated(node: Node, budget: Budget): StatedSet | undefined {
  try {
    return readRealSet(node, budget)
  } catch (error) {
    if (error instanceof Undecidable) return undefined
    throw error
  }
}

/** Whether relations in one variable hold at the test points of a set just where they should. */
function holdsExactlyOn(node: Node, { set, variable }: StatedSet, budget: Budget): Equality {
  const condition = unwrap(node)
  const symbols = freeSymbols(condition)
  if (symbols.size !== 1) return 'undecided'
  const [name] = symbols
  if (variable !== undefined && variable !== printNode({ type: 'symbol', name })) return 'different'
  for (const value of testPoints(set)) {
    spend(budget, 10)
    if (holds(condition, name, value, budget) !== contains(set, value, sameEnd)) return 'different'
  }
  return 'numeric'
}

function unwrap(node: Node): Node {
  return node.type === 'builder' ? node.condition : node
}

/** Ends, points 2⁻²⁰ beside them, middles, and points far out. */
function testPoints(set: RealSet): bigint[] {
  const one = 1n << BigInt(SET_BITS)
  const ends = set
    .flatMap(({ low, high }) => [low, high])
    .filter((end) => end !== undefined)
    .sort((a, b) => (a < b ? -1 : 1))
  const near = ends.flatMap((end) => [end - (one >> 20n), end, end + (one >> 20n)])
  const middles = ends.slice(1).map((end, i) => (end + ends[i]) / 2n)
  const [least, greatest] = [ends[0] ?? 0n, ends.at(-1) ?? 0n]
  const far = [1n, 7n, 1000n].flatMap((distance) => [
    least - (distance * one * 10n) / 7n,
    greatest + (distance * one * 10n) / 7n,
  ])
  return [...near, ...middles, ...far, one / 3n, -one / 3n]
}

function holds(node: Node, name: string, value: bigint, budget: Budget): boolean {
  if (node.type === 'list')
    return node.alternatives
      ? node.of.some((item) => holds(item, name, value, budget))
      : node.of.every((item) => holds(item, name, value, budget))
  if (node.type !== 'relation') throw new Undecidable('no relation')
  const complex = complexArithmetic(fixedPoint(SET_BITS))
  const values = node.sides.map((side) =>
    evaluate(side, {
      complex,
      values: new Map([[name, { re: value, im: 0n }]]),
      logBase: 'e',
      budget,
      peak: { value: 0n },
    }),
  )
  if (values.some(({ im }) => magnitude(im) >> BigInt(SET_BITS / 4) !== 0n)) return false
  return node.signs.every((sign, i) => related(values[i].re, sign, values[i + 1].re))
}

function related(left: bigint, sign: RelationSign, right: bigint): boolean {
  const equal = sameEnd(left, right)
  switch (sign) {
    case '=':
      return equal
    case '!=':
      return !equal
    case '<':
      return !equal && left < right
    case '<=':
      return equal || left < right
    case '>':
      return !equal && left > right
    case '>=':
      return equal || left > right
    default:
      throw new Undecidable('no inequality')
  }
}
