import { spend, type Budget } from '../budget.ts'
import type { GroupNode, Node } from '../syntax/node.ts'
import { assignmentOf, type Assignment } from './assignment.ts'
import { printNode } from '../syntax/print-node.ts'
import { allEqual, anyEqual, isEqual, lazily, type Equality } from './equality.ts'
import { sameAnswer } from './same-answer.ts'

/** Longer lists are only compared as text. */
const MOST_ITEMS = 200

/**
 * Tuples, intervals and vectors: the same brackets, the same items in order. Of three items, [ ] is
 * another way to write ( ).
 */
export function sameTuple(gold: GroupNode, given: GroupNode, budget: Budget): Equality {
  const brackets = [gold, given].map(({ open, close, of }) =>
    of.length > 2 && open === '[' && close === ']' ? '()' : open + close,
  )
  if (brackets[0] !== brackets[1]) return 'different'
  return inOrder(gold.of, given.of, budget)
}

function inOrder(gold: readonly Node[], given: readonly Node[], budget: Budget): Equality {
  if (gold.length !== given.length) return 'different'
  return allEqual(lazily(gold.map((item, i) => () => sameAnswer(item, given[i], budget))))
}

/**
 * Lists and sets, at least one of the two: the same items in any order, each counted once. Against
 * a tuple, a bare list is in order. One item may stand for a list all of whose items equal it.
 */
export function sameItems(gold: Node, given: Node, budget: Budget): Equality {
  const isSet = [gold, given].some(({ type }) => type === 'group')
  if (isTuple(gold) || isTuple(given)) {
    if (isParenthesised(gold) && given.type === 'list' && !given.of.some(isTuple))
      return inOrder(gold.of, coordinates(given.of, budget), budget)
    if (isParenthesised(given) && gold.type === 'list' && !gold.of.some(isTuple))
      return inOrder(coordinates(gold.of, budget), given.of, budget)
    return matched(itemsOf(gold), itemsOf(given), budget)
  }
  const [a, b] = [itemsOf(gold), itemsOf(given)]
  if (a.length > MOST_ITEMS || b.length > MOST_ITEMS || a.length === 0 || b.length === 0)
    return 'different'
  const named = sameNamed(a, b, budget)
  if (named) return named
  const [values, others] = budget.conventions.namedValues ? [unnamed(a), unnamed(b)] : [a, b]
  if (!budget.conventions.unorderedLists && !isSet) return inOrder(values, others, budget)
  const equal = matched(values, others, budget)
  return isEqual(equal) &&
    !isSet &&
    budget.conventions.countedItems &&
    a.length > 1 &&
    !values.some(isTuple)
    ? allEqual([equal, repeatedAlike(values, others, budget)])
    : equal
}

function isTuple(node: Node): node is GroupNode {
  return node.type === 'group' && node.open !== '{'
}

/** (…), which a bare list may leave out; [0,1] is an interval. */
function isParenthesised(node: Node): node is GroupNode {
  return node.type === 'group' && node.open === '(' && node.close === ')'
}

/** Items of a list or a set, lists inside it flattened; a single answer is its only item. */
function itemsOf(node: Node): readonly Node[] {
  if (node.type === 'list' || (node.type === 'group' && node.open === '{'))
    return node.of.flatMap((item) => (item.type === 'list' ? itemsOf(item) : [item]))
  return [node]
}

/** Values in the order of their names, where each is one letter: `y = 2, x = 1` as 1, 2. */
function coordinates(items: readonly Node[], { conventions }: Budget): readonly Node[] {
  if (!conventions.vectorNotations) return items
  const named = items.map(assignmentOf)
  const names = named.map((item) => (item?.name.type === 'symbol' ? item.name.name : ''))
  if (new Set(names).size < items.length || !names.every((name) => /^[A-Za-z]$/.test(name)))
    return unnamed(items)
  return items
    .map((_, i) => i)
    .sort((a, b) => (names[a] < names[b] ? -1 : 1))
    .map((i) => (named[i] as Assignment).value)
}

/** Values without their names: `a = 4, -8` lists 4 and −8. */
function unnamed(items: readonly Node[]): readonly Node[] {
  return items.map((item) => assignmentOf(item)?.value ?? item)
}

/**
 * Several different names on both sides: by name. On one side alone: in order. Undefined where
 * names do not tell items apart.
 */
function sameNamed(
  gold: readonly Node[],
  given: readonly Node[],
  budget: Budget,
): Equality | undefined {
  const [a, b] = [gold, given].map((items) => items.map(assignmentOf))
  const [goldNamed, givenNamed] = [haveDistinctNames(a), haveDistinctNames(b)]
  if (goldNamed && givenNamed)
    return byName(a as Assignment[], b as Assignment[], gold, given, budget)
  const oneNamed =
    (goldNamed && b.every((item) => !item)) || (givenNamed && a.every((item) => !item))
  return oneNamed ? inOrder(unnamed(gold), unnamed(given), budget) : undefined
}

function byName(
  a: readonly Assignment[],
  b: readonly Assignment[],
  gold: readonly Node[],
  given: readonly Node[],
  budget: Budget,
): Equality {
  if (a.length !== b.length) return 'different'
  const at = new Map(b.map(({ name }, i) => [printNode(name), i]))
  return allEqual(
    lazily(
      a.map(({ name }, i) => () => {
        const found = at.get(printNode(name))
        return found === undefined ? 'different' : sameAnswer(gold[i], given[found], budget)
      }),
    ),
  )
}

/**
 * At least two items, all named, no name twice; x_1 and x_2 number solutions and do not count as
 * names.
 */
function haveDistinctNames(items: readonly (Assignment | undefined)[]): boolean {
  const names = new Set(items.map((item) => item && printNode(item.name).replace(/_\{?\d+\}?/, '')))
  return items.length > 1 && names.size === items.length && !names.has(undefined)
}

/**
 * Whether every item stands as often on one side as on the other: 1, 1, 2 is neither 1, 2, 2 nor 1,
 * 2. Other spellings do not repeat an item: `1/2 or 0.5`.
 */
function repeatedAlike(gold: readonly Node[], given: readonly Node[], budget: Budget): Equality {
  const [a, b] = [repetitions(gold), repetitions(given)]
  if (a.size === gold.length && b.size === given.length) return 'text'
  const most = (item: Node, counts: ReadonlyMap<string, [Node, number]>): number =>
    Math.max(
      ...Array.from(counts.values(), ([other, count]) =>
        isEqual(sameAnswer(item, other, budget)) ? count : 0,
      ),
    )
  return gold.every((item) => most(item, a) === most(item, b)) ? 'text' : 'different'
}

/** The items by their text, and how often each stands there. */
function repetitions(items: readonly Node[]): Map<string, [Node, number]> {
  const counts = new Map<string, [Node, number]>()
  for (const item of items) {
    const text = printNode(item)
    counts.set(text, [item, (counts.get(text)?.[1] ?? 0) + 1])
  }
  return counts
}

/** Every item of one side equals some item of the other. */
function matched(gold: readonly Node[], given: readonly Node[], budget: Budget): Equality {
  const one = (item: Node, others: readonly Node[], swap: boolean): Equality => {
    spend(budget, 2)
    return anyEqual(
      lazily(
        others.map(
          (other) => () =>
            swap ? sameAnswer(other, item, budget) : sameAnswer(item, other, budget),
        ),
      ),
    )
  }
  const forward = allEqual(lazily(gold.map((item) => () => one(item, given, false))))
  return isEqual(forward)
    ? allEqual([forward, allEqual(lazily(given.map((item) => () => one(item, gold, true))))])
    : forward
}
