import type { Budget } from '../budget.ts'
import { freeSymbols } from '../numeric/sample-points.ts'
import { mapNode, someNode, type Node, type RelationNode } from '../syntax/node.ts'
import { printNode } from '../syntax/print-node.ts'
import { assignmentOf, chainOf, memberOf, namesConflict, renameArguments } from './assignment.ts'
import { withCounts } from './counting-notation.ts'
import { splitQualifiers, type Qualified } from './split-qualifiers.ts'
import { withConstantOf } from './constant-of-integration.ts'
import { vectorOf, withoutTranspose } from './vector.ts'
import { allEqual, anyEqual, isEqual, lazily, type Equality } from './equality.ts'
import { expandSigned } from './expand-signed.ts'
import { matrixOfLists } from './matrix-of-lists.ts'
import { hasMatrix, matrixValue } from './matrix-value.ts'
import { sameItems, sameTuple } from './same-items.ts'
import { numeralOf, sameNumeral } from './same-numeral.ts'
import { liftUnit, sameQuantity } from './same-quantity.ts'
import { samePieces } from './same-pieces.ts'
import { sameResidue } from './same-residue.ts'
import { sameRelation } from './same-relation.ts'
import { sameSet } from './same-set.ts'
import { looksLikeSet } from './read-real-set.ts'
import { sameValue, undecidedOn } from './same-value.ts'

/** Whether two answers are the same, whatever their kinds. */
export function sameAnswer(gold: Node, given: Node, budget: Budget): Equality {
  if (isNumber(gold) && isNumber(given)) return sameValue(gold, given, budget)
  if (printNode(gold) === printNode(given)) return 'text'
  const { conventions } = budget
  const [a, b] = [splitQualifiers(gold), splitQualifiers(given)]
  if (!conventions.optionalQualifiers && a.qualifiers.length > 0 !== b.qualifiers.length > 0)
    return 'different'
  // ranges on one side alone are left to the question
  const [wanted, other] =
    a.qualifiers.length > 0 && b.qualifiers.length > 0 && !haveSameRanges(a, b)
      ? [gold, given]
      : [a.core, b.core]
  const constant = conventions.constantsOfIntegration ? withConstantOf(wanted, other) : other
  const renamed = withParameterOf(a, b, constant)
  return undecidedOn(() => compareKinds(expandSigned(wanted), expandSigned(renamed), budget))
}

/** A literal, a fraction of literals, behind any sign: no more than a number. */
function isNumber(node: Node): boolean {
  if (node.type === 'negative') return isNumber(node.of)
  return (
    node.type === 'number' ||
    (node.type === 'quotient' && node.over.type === 'number' && node.under.type === 'number')
  )
}

/** The given answer with its integer named as in the gold one: `n\pi, n ∈ ℤ` as `k\pi`. */
function withParameterOf(gold: Qualified, given: Qualified, other: Node): Node {
  if (gold.qualifiers.length + given.qualifiers.length === 0) return other
  const [free, freeOfOther] = [freeSymbols(gold.core), freeSymbols(other)]
  const name = [...free].filter((symbol) => !freeOfOther.has(symbol))
  const otherName = [...freeOfOther].filter((symbol) => !free.has(symbol))
  if (name.length !== 1 || otherName.length !== 1) return other
  const ranges = [integerOf(gold), integerOf(given)]
  const fits =
    (ranges[0] ?? name[0]) === name[0] &&
    (ranges[1] ?? otherName[0]) === otherName[0] &&
    (ranges[0] ?? ranges[1]) !== undefined
  return fits
    ? mapNode(other, (child) =>
        child.type === 'symbol' && child.name === otherName[0]
          ? { type: 'symbol', name: name[0] }
          : child,
      )
    : other
}

/** The letter that an answer says is an integer. */
function integerOf({ qualifiers }: Qualified): string | undefined {
  const [range] = qualifiers
  return range?.type === 'relation' &&
    range.sides[0].type === 'symbol' &&
    range.sides[1].type === 'numberSet' &&
    range.sides[1].name === 'Z'
    ? range.sides[0].name
    : undefined
}

function haveSameRanges(a: Qualified, b: Qualified): boolean {
  const text = ({ qualifiers }: Qualified): string => qualifiers.map(printNode).sort().join(';')
  const areRanges = [...a.qualifiers, ...b.qualifiers].every(
    (node) => node.type === 'relation' && node.signs[0] === '∈',
  )
  // k ∈ ℤ and n ∈ ℤ name the same range
  return text(a) === text(b) || (areRanges && rangesOf(a) === rangesOf(b))
}

function rangesOf({ qualifiers }: Qualified): string {
  return qualifiers
    .map((node) => (node.type === 'relation' ? printNode(node.sides[1]) : ''))
    .sort()
    .join(';')
}

function compareKinds(gold: Node, given: Node, budget: Budget): Equality {
  if (gold.type === 'piecewise' || given.type === 'piecewise')
    return samePieces(gold, given, budget)
  if (gold.type === 'words' || given.type === 'words') return 'different'
  const [goldSet, givenSet] = [memberOf(gold), memberOf(given)]
  if (looksLikeSet(goldSet) || looksLikeSet(givenSet))
    return compareSets(gold, given, goldSet, givenSet, budget)
  if (goldSet !== gold || givenSet !== given) return sameAnswer(goldSet, givenSet, budget)
  if (gold.type === 'relation' || given.type === 'relation')
    return compareRelations(gold, given, budget)
  if (gold.type === 'residue' || given.type === 'residue') return sameResidue(gold, given, budget)
  const vectors = sameVector(gold, given, budget)
  if (vectors) return vectors
  if (hasMatrix(gold) || hasMatrix(given))
    return sameMatrix(
      matrixOfLists(gold) ?? withoutTranspose(gold),
      matrixOfLists(given) ?? withoutTranspose(given),
      budget,
    )
  if (isItems(gold) || isItems(given)) return sameItems(gold, given, budget)
  if (gold.type === 'group' || given.type === 'group')
    return gold.type === 'group' && given.type === 'group'
      ? sameTuple(gold, given, budget)
      : 'different'
  if (gold.type === 'ratio' || given.type === 'ratio') return sameRatio(gold, given, budget)
  if (numeralOf(gold) || numeralOf(given)) return sameNumeral(gold, given, budget)
  if (gold.type === 'emptySet' || given.type === 'emptySet') return 'different'
  return sameQuantity(withCounts(gold, given, budget), withCounts(given, gold, budget), budget)
}

/**
 * Vectors, component by component, where one side is surely one. Undefined where none is, or both
 * are matrices: a row is no column.
 */
function sameVector(gold: Node, given: Node, budget: Budget): Equality | undefined {
  if (hasMatrix(gold) && hasMatrix(given)) return undefined
  if (!budget.conventions.vectorNotations) return undefined
  const [a, b] = [vectorOf(gold, budget), vectorOf(given, budget)]
  // an interval, unless a vector asks for it
  if (gold.type === 'group' && gold.open === '[' && gold.of.length === 2) return undefined
  const isPoint = gold.type === 'unknown' || given.type === 'unknown'
  const sameKind = gold.type === 'unknown' && given.type === 'unknown'
  if (!a || !b || sameKind || !(a.isSure || b.isSure || isPoint)) return undefined
  if (isPoint && [gold, given].some((node) => node.type === 'group' && node.open === '['))
    return undefined
  if (a.components.length !== b.components.length && !isBasis(gold) && !isBasis(given))
    return 'different'
  return sameComponents(a.components, b.components, budget)
}

/** A sum of i and j says nothing of a third component. */
function isBasis({ type }: Node): boolean {
  return type === 'sum' || type === 'product' || type === 'symbol' || type === 'negative'
}

function sameComponents(a: readonly Node[], b: readonly Node[], budget: Budget): Equality {
  const zero: Node = { type: 'number', value: { n: 0n, d: 1n } }
  const length = Math.max(a.length, b.length)
  return allEqual(
    lazily(Array.from({ length }, (_, i) => () => sameAnswer(a[i] ?? zero, b[i] ?? zero, budget))),
  )
}

/** Lists and \{…\}: items in no order. */
function isItems(node: Node): boolean {
  return node.type === 'list' || (node.type === 'group' && node.open === '{')
}

function compareSets(
  gold: Node,
  given: Node,
  goldSet: Node,
  givenSet: Node,
  budget: Budget,
): Equality {
  // x = 3 is not x > 2, and a list of intervals is not their union
  if (goldSet.type === 'numberSet' && givenSet.type === 'numberSet')
    return goldSet.name === givenSet.name ? 'text' : 'different'
  const readings = [undecidedOn(() => sameSet(unname(goldSet), unname(givenSet), budget))]
  if (goldSet.type === 'list' && givenSet.type === 'list')
    readings.push(sameItems(goldSet, givenSet, budget))
  if (gold.type === 'relation' && given.type === 'relation' && !isEqual(readings[0]))
    readings.push(undecidedOn(() => sameRelation(gold, given, budget)))
  if (goldSet.type === 'setOperation' && givenSet.type === 'setOperation')
    readings.push(sameOperation(goldSet, givenSet, budget))
  return anyEqual(readings)
}

/** `S = (0, 1)` as the set. */
function unname(node: Node): Node {
  const assignment = assignmentOf(node)
  return assignment && assignment.value.type === 'group' ? assignment.value : node
}

/** Unions of sets with symbols in their ends. */
function sameOperation(
  gold: Extract<Node, { type: 'setOperation' }>,
  given: Extract<Node, { type: 'setOperation' }>,
  budget: Budget,
): Equality {
  if (gold.operator !== given.operator) return 'different'
  return allEqual([
    sameAnswer(gold.left, given.left, budget),
    sameAnswer(gold.right, given.right, budget),
  ])
}

function compareRelations(gold: Node, given: Node, budget: Budget): Equality {
  const [a, b] = [assignmentOf(gold), assignmentOf(given)]
  if (a && b) {
    const values = namesConflict(a.name, b.name)
      ? 'different'
      : sameAnswer(a.value, renameArguments(a, b), budget)
    return isEqual(values) || gold.type !== 'relation' || given.type !== 'relation'
      ? values
      : anyEqual([values, undecidedOn(() => sameRelation(gold, given, budget))])
  }
  if (gold.type === 'relation' && given.type === 'relation')
    return anyEqual([sameRelation(gold, given, budget), ...sameChains(gold, given, budget)])
  if ((a || b) && !budget.conventions.namedValues) return 'different'
  if (a) return sameAnswer(a.value, given, budget)
  if (b) return sameAnswer(gold, b.value, budget)
  return gold.type === 'relation'
    ? sameChain(given, gold, budget)
    : sameChain(gold, withoutNames(gold, given as RelationNode), budget)
}

/**
 * A chain `m + n = 3 + 4 = 7` that answers with a constant, without the sides that say what it is
 * the value of.
 */
function withoutNames(gold: Node, chain: RelationNode): RelationNode {
  const isOpen = (side: Node): boolean =>
    someNode(side, ({ type }) => type === 'symbol' || type === 'unknown')
  const last = chain.sides[chain.sides.length - 1]
  if (isOpen(gold) || isOpen(last) || !chainOf(chain)?.includes(last)) return chain
  // any equation can end in "= 0", and one of x and y is a curve
  const isZero = last.type === 'number' && last.value.n === 0n
  if (
    chain.sides.some(
      (side) => isOpen(side) && (isZero || isOfCoordinates(side)) && !isSumOfSymbols(side),
    )
  )
    return chain
  return { ...chain, sides: chain.sides.filter((side) => !isOpen(side)) }
}

function isOfCoordinates(node: Node): boolean {
  return (
    ['x', 'y', 'z'].filter((name) =>
      someNode(node, (child) => child.type === 'symbol' && child.name === name),
    ).length > 1
  )
}

function isSumOfSymbols(node: Node): boolean {
  return (
    node.type === 'sum' &&
    node.of.every((term) => (term.type === 'negative' ? term.of : term).type === 'symbol')
  )
}

/**
 * A value against a chain `57/102 = 19/34`: the last side is the answer, the others must not
 * contradict it.
 */
function sameChain(value: Node, chain: RelationNode, budget: Budget): Equality {
  const sides = chainOf(chain)
  if (!sides) return 'different'
  const last = sides[sides.length - 1]
  const comparable = sides.filter(
    (side) => (liftUnit(side).unit === undefined) === (liftUnit(last).unit === undefined),
  )
  return allEqual(lazily(comparable.map((side) => () => sameAnswer(value, side, budget))))
}

/** Two chains that end in the same value, each consistent. */
function sameChains(gold: RelationNode, given: RelationNode, budget: Budget): Equality[] {
  const assignment = assignmentOf(gold)
  const sides = chainOf(gold)
  const value =
    assignment?.value ?? (sides && gold.sides.length > 2 ? sides[sides.length - 1] : undefined)
  return value && !assignmentOf(given) ? [sameChain(value, given, budget)] : []
}

function sameMatrix(gold: Node, given: Node, budget: Budget): Equality {
  if (!hasMatrix(gold) || !hasMatrix(given)) return 'different'
  const [a, b] = [matrixValue(gold, budget), matrixValue(given, budget)]
  if (a.rows.length !== b.rows.length || a.rows[0].length !== b.rows[0].length) return 'different'
  return allEqual(
    lazily(
      a.rows.flatMap((row, i) =>
        row.map((entry, j) => () => sameAnswer(entry, b.rows[i][j], budget)),
      ),
    ),
  )
}

/**
 * Part by part, or, of two parts, by the quotient: 2:4 is 1:2 and 1/2. Of three parts, 4:6:10 is
 * not the form of 2:3:5.
 */
function sameRatio(gold: Node, given: Node, budget: Budget): Equality {
  const [a, b] = [gold, given].map((node) => (node.type === 'ratio' ? node.of : undefined))
  if (a && b && a.length === b.length) {
    const parts = allEqual(a.map((part, i) => sameAnswer(part, b[i], budget)))
    if (isEqual(parts) || a.length !== 2) return parts
  }
  const [left, right] = [gold, given].map((node) =>
    node.type === 'ratio' && node.of.length === 2
      ? ({ type: 'quotient', over: node.of[0], under: node.of[1] } as const)
      : node,
  )
  return left.type === 'ratio' || right.type === 'ratio'
    ? 'different'
    : sameAnswer(left, right, budget)
}
