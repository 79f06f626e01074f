import { spend, type Budget } from '../budget.ts'
import { complexArithmetic } from '../numeric/complex.ts'
import { evaluate } from '../numeric/evaluate.ts'
import { fixedPoint } from '../numeric/fixed-point.ts'
import { freeSymbols } from '../numeric/sample-points.ts'
import {
  someNode,
  type GroupNode,
  type Node,
  type RelationNode,
  type RelationSign,
} from '../syntax/node.ts'
import { printNode } from '../syntax/print-node.ts'
import { Undecidable } from '../undecidable.ts'
import { magnitude } from './compare-at.ts'
import { complement, intersection, realSet, REALS, type Piece, type RealSet } from './real-set.ts'

export const SET_BITS = 256

/** Whether two ends are one: to 100 bits. */
export function sameEnd(a: bigint, b: bigint): boolean {
  const one = 1n << BigInt(SET_BITS)
  const size = magnitude(a) > one ? magnitude(a) : one
  return magnitude(a - b) <= size >> 100n
}

const FLIPPED: ReadonlyMap<RelationSign, RelationSign> = new Map([
  ['<', '>'],
  ['<=', '>='],
  ['>', '<'],
  ['>=', '<='],
  ['=', '='],
  ['!=', '!='],
])

/** A set of reals an answer states, and the variable it states it of, if it names one. */
export interface StatedSet {
  readonly set: RealSet
  readonly variable?: string
}

/**
 * Whether an answer can only be meant as a set of reals: intervals with an infinite or a half-open
 * end, unions, inequalities.
 */
export function looksLikeSet(node: Node): boolean {
  switch (node.type) {
    case 'setOperation':
    case 'numberSet':
    case 'builder':
      return true
    case 'relation':
      return node.signs.some((sign) => !['=', '≈', '→', '⇒', '⇔', '≡'].includes(sign))
    case 'list':
      return (
        node.of.length > 0 &&
        node.of.some(looksLikeSet) &&
        node.of.every((item) => item.type === 'relation' || looksLikeSet(item))
      )
    default:
      return false
  }
}

/**
 * The set of reals an answer states outright: intervals, unions, ℝ, ∅, `\{…\}`, `x ∈ …`,
 * inequalities with the variable alone between constants, such inequalities joined by "or", "and"
 * or commas, set builders of them.
 *
 * @throws Undecidable where it is none, or its ends are no real constants
 */
export function readRealSet(node: Node, budget: Budget): StatedSet {
  switch (node.type) {
    case 'numberSet':
      if (node.name !== 'R') throw new Undecidable('not a set of reals')
      return { set: REALS }
    case 'emptySet':
      return { set: [] }
    case 'group':
      return { set: readGroup(node, budget) }
    case 'setOperation': {
      const [left, right] = [
        readRealSet(node.left, budget).set,
        readRealSet(node.right, budget).set,
      ]
      spend(budget, 10 * (left.length + right.length))
      return { set: readOperation(node.operator, left, right) }
    }
    // ℝ − {0}
    case 'sum': {
      if (node.of.length !== 2 || node.of[1].type !== 'negative') throw new Undecidable('not a set')
      return {
        set: readOperation(
          '∖',
          readRealSet(node.of[0], budget).set,
          readRealSet(node.of[1].of, budget).set,
        ),
      }
    }
    case 'relation':
      return readRelation(node, budget)
    case 'list':
      return readRelations(node.of, node.alternatives, budget)
    case 'builder': {
      const subject =
        node.subject.type === 'relation' && node.subject.signs[0] === '∈'
          ? readRealSet(node.subject.sides[1], budget).set
          : REALS
      const condition = readRealSet(node.condition, budget)
      return { ...condition, set: intersection(subject, condition.set, sameEnd) }
    }
    default:
      throw new Undecidable('not a set')
  }
}

function readOperation(operator: '∪' | '∩' | '∖', left: RealSet, right: RealSet): RealSet {
  if (operator === '∪') return realSet([...left, ...right], sameEnd)
  return intersection(left, operator === '∩' ? right : complement(right), sameEnd)
}

function readGroup({ open, close, of }: GroupNode, budget: Budget): RealSet {
  if (open === '{')
    return realSet(
      of.map((item): Piece => {
        const value = endOf(item, budget)
        if (value === undefined) throw new Undecidable('∞ in a set')
        return { low: value, lowClosed: true, high: value, highClosed: true }
      }),
      sameEnd,
    )
  if (of.length !== 2 || open === '⟨') throw new Undecidable('not an interval')
  return interval(endOf(of[0], budget), open === '[', endOf(of[1], budget), close === ']')
}

function interval(
  low: bigint | undefined,
  lowClosed: boolean,
  high: bigint | undefined,
  highClosed: boolean,
): RealSet {
  return realSet(
    [
      {
        low,
        lowClosed: lowClosed && low !== undefined,
        high,
        highClosed: highClosed && high !== undefined,
      },
    ],
    sameEnd,
  )
}

/** The value of an end; undefined where it is infinite. */
function endOf(node: Node, budget: Budget): bigint | undefined {
  if (someNode(node, ({ type }) => type === 'infinity')) return undefined
  const { re, im } = evaluate(node, {
    complex: complexArithmetic(fixedPoint(SET_BITS)),
    values: new Map(),
    logBase: 'e',
    budget,
    peak: { value: 0n },
  })
  if (magnitude(im) >> BigInt(SET_BITS / 4) !== 0n) throw new Undecidable('a complex end')
  return re
}

/**
 * `low < x ≤ high`, `x > a`, `a ≠ x`, `x ∈ S`: one side without constants, and that one a symbol or
 * an unknown function.
 */
function readRelation({ sides, signs }: RelationNode, budget: Budget): StatedSet {
  const at = sides.findIndex((side) => freeSymbols(side).size > 0 || side.type === 'unknown')
  const subject = sides[at]
  if (subject?.type !== 'symbol' && subject?.type !== 'unknown')
    throw new Undecidable('no variable alone')
  const variable = printNode(subject)
  if (signs.length === 1 && at === 0 && (signs[0] === '∈' || signs[0] === '∉')) {
    const { set } = readRealSet(sides[1], budget)
    return { variable, set: signs[0] === '∈' ? set : complement(set) }
  }
  let set = REALS
  for (const [i, side] of sides.entries()) {
    if (i === at) continue
    // what stands between a side and the subject relates them, the strictest sign counting: a < b ≤
    // x says a < x
    const sign = i < at ? FLIPPED.get(signs[i]) : signs[i - 1]
    if (sign === undefined || Math.abs(i - at) > 1) throw new Undecidable('a relation too long')
    set = intersection(set, half(sign, endOf(side, budget), side), sameEnd)
  }
  return { variable, set }
}

/** The numbers x with `x sign end`. */
function half(sign: RelationSign, end: bigint | undefined, node: Node): RealSet {
  if (end === undefined) {
    const positive = node.type === 'infinity'
    if ((sign === '<' && positive) || (sign === '>' && !positive)) return REALS
    throw new Undecidable('a relation to ∞')
  }
  switch (sign) {
    case '<':
    case '<=':
      return interval(undefined, false, end, sign === '<=')
    case '>':
    case '>=':
      return interval(end, sign === '>=', undefined, false)
    case '=':
      return interval(end, true, end, true)
    case '!=':
      return complement(interval(end, true, end, true))
    default:
      throw new Undecidable('no inequality')
  }
}

/**
 * Alternatives unite. Otherwise all must hold; where that leaves nothing, the commas meant "or".
 */
function readRelations(nodes: readonly Node[], alternatives: boolean, budget: Budget): StatedSet {
  const read = nodes.map((node) => readRealSet(node, budget))
  // (−∞, 1) or (3, ∞)
  if (alternatives && nodes.length > 0 && read.every(({ variable }) => variable === undefined))
    return {
      set: realSet(
        read.flatMap(({ set }) => set),
        sameEnd,
      ),
    }
  const variables = new Set(read.map(({ variable }) => variable))
  if (nodes.length === 0 || variables.size !== 1 || variables.has(undefined))
    throw new Undecidable('relations of several variables')
  const all = read.map(({ set }) => set)
  const union = realSet(all.flat(), sameEnd)
  const together = alternatives ? union : all.reduce((a, b) => intersection(a, b, sameEnd))
  return { variable: read[0].variable, set: together.length === 0 ? union : together }
}
