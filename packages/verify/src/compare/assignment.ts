import { freeSymbols } from '../numeric/sample-points.ts'
import { mapNode, someNode, type Node, type RelationNode } from '../syntax/node.ts'
import { printNode } from '../syntax/print-node.ts'

/** A named value: `x = 5`, `f(x) = x^2`, `(x, y) = (1, 2)`, `\angle ABC = 40^\circ`. */
export interface Assignment {
  readonly name: Node
  readonly value: Node
}

/**
 * The assignment a relation makes: a name that does not occur in the value, on either side. Of a
 * chain the last side is the value, or the last before a `≈` that is not the name.
 */
export function assignmentOf(node: Node): Assignment | undefined {
  if (node.type !== 'relation' || !node.signs.every((sign) => sign === '=' || sign === '≈'))
    return undefined
  const { sides, signs } = node
  if (!isName(sides[0])) {
    if (sides.length !== 2 || !isName(sides[1])) return undefined
    return signs[0] === '=' ? named(sides[1], sides[0]) : undefined
  }
  const approximate = signs.indexOf('≈', 1)
  return named(sides[0], sides[approximate > 0 ? approximate : sides.length - 1])
}

function named(name: Node, value: Node): Assignment | undefined {
  const text = printNode(name)
  return someNode(value, (child) => printNode(child) === text) ? undefined : { name, value }
}

/**
 * Whether an expression only names something: symbols, lengths AB, f(x), |AB|, ratios and tuples of
 * names; no numbers, no sums.
 */
export function isName(node: Node): boolean {
  switch (node.type) {
    case 'symbol':
      return true
    case 'unknown':
      return true
    case 'product':
      return node.of.every((factor) => factor.type === 'symbol' || factor.type === 'unknown')
    case 'call':
      return node.name === 'abs' && isName(node.of[0])
    case 'quotient':
      return isName(node.over) && isName(node.under)
    case 'ratio':
      return node.of.every(isName)
    case 'group':
      return node.open === '(' && node.of.every(isName)
    default:
      return false
  }
}

/**
 * Whether two names are surely of different things: two letters that are not the same. Words and
 * figures prove nothing.
 */
export function namesConflict(a: Node, b: Node): boolean {
  const [first, second] = [letterOf(a), letterOf(b)]
  return first !== undefined && second !== undefined && first !== second
}

function letterOf(name: Node): string | undefined {
  if (name.type !== 'symbol' && name.type !== 'unknown') return undefined
  return /^(?:[A-Za-z]|alpha|beta|gamma|delta|theta|lambda|mu|omega|phi|sigma|rho|tau|zeta|eta)(?:[_'].*)?$/.test(
    name.name,
  )
    ? name.name
    : undefined
}

/**
 * The given definition with its arguments named as in the gold one: f(t) = t² − 1 as f(x) = x² − 1.
 */
export function renameArguments(gold: Assignment, given: Assignment): Node {
  if (
    gold.name.type !== 'unknown' ||
    given.name.type !== 'unknown' ||
    gold.name.of.length !== given.name.of.length
  )
    return given.value
  const names = new Map<string, Node>()
  for (const [i, argument] of given.name.of.entries()) {
    const wanted = gold.name.of[i]
    if (argument.type !== 'symbol' || wanted.type !== 'symbol') return given.value
    names.set(argument.name, wanted)
  }
  // a name that would be captured stays, and the comparison fails
  if (
    [...freeSymbols(given.value)].some(
      (name) =>
        !names.has(name) &&
        [...names.values()].some((node) => node.type === 'symbol' && node.name === name),
    )
  )
    return given.value
  return mapNode(given.value, (child) =>
    child.type === 'symbol' ? (names.get(child.name) ?? child) : child,
  )
}

/** `x ∈ S` as S. */
export function memberOf(node: Node): Node {
  return node.type === 'relation' && node.sides.length === 2 && node.signs[0] === '∈'
    ? node.sides[1]
    : node
}

/** The sides of a chain of equalities without a name, those after a `≈` left out. */
export function chainOf(node: RelationNode): readonly Node[] | undefined {
  if (!node.signs.every((sign) => sign === '=' || sign === '≈')) return undefined
  const approximate = node.signs.indexOf('≈')
  return approximate < 0 ? node.sides : node.sides.slice(0, approximate + 1)
}
