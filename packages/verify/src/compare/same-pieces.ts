import type { Budget } from '../budget.ts'
import type { Node, PiecewiseNode } from '../syntax/node.ts'
import { isParameterWord } from '../syntax/words.ts'
import { assignmentOf } from './assignment.ts'
import { allEqual, anyEqual, isEqual, lazily, type Equality } from './equality.ts'
import { readRealSet, sameEnd } from './read-real-set.ts'
import { complement, realSet, sameRealSet, type RealSet } from './real-set.ts'
import { sameAnswer } from './same-answer.ts'
import { undecidedOn } from './same-value.ts'

/** Openers of a clause that always changes what the answer says. */
const BINDING = new Set(['unless', 'except', 'otherwise', 'whereas', 'while', ''])
const MOST_PIECES = 20

/**
 * Answers with conditions, at least one of the two. Both: the same values under the same
 * conditions, in any order. One alone: a single condition may be left out, as the question states
 * it, where it restricts and adds no second value.
 */
export function samePieces(left: Node, right: Node, budget: Budget): Equality {
  const [gold, given] = [unname(left), unname(right)]
  if (gold.type === 'piecewise' && given.type === 'piecewise')
    return pieceByPiece(gold, given, budget)
  if (!budget.conventions.optionalConditions) return 'different'
  if (gold.type === 'piecewise')
    return isDroppable(gold) ? sameAnswer(gold.values[0], given, budget) : 'different'
  return given.type === 'piecewise' && isDroppable(given)
    ? sameAnswer(gold, given.values[0], budget)
    : 'different'
}

/** `f(x) = \begin{cases} … \end{cases}` as the cases. */
function unname(node: Node): Node {
  const value = assignmentOf(node)?.value
  return value?.type === 'piecewise' ? value : node
}

/** One value whose condition restricts it: not `7 with remainder 2`, not `7 unless …`. */
function isDroppable({ values, conditions, openers }: PiecewiseNode): boolean {
  const [condition] = conditions
  if (values.length > 1 || BINDING.has(openers[0])) return false
  return openers[0] !== 'with' || condition.type !== 'words' || isOfParameter(condition.text)
}

function isOfParameter(words: string): boolean {
  return words.split(' ').some((word) => isParameterWord(word) && word !== 'odd' && word !== 'even')
}

function pieceByPiece(gold: PiecewiseNode, given: PiecewiseNode, budget: Budget): Equality {
  if (gold.values.length !== given.values.length || gold.values.length > MOST_PIECES)
    return 'different'
  const [values, others] = [valuesOf(gold), valuesOf(given)]
  const [conditions, otherConditions] = [conditionsOf(gold, budget), conditionsOf(given, budget)]
  const left = new Set(others.keys())
  const results: Equality[] = []
  for (const [i, value] of values.entries()) {
    let best: Equality = 'different'
    for (const k of left) {
      const result = allEqual(
        lazily([
          () => sameCondition(conditions[i], otherConditions[k], budget),
          () => sameAnswer(value, others[k], budget),
        ]),
      )
      best = anyEqual([best, result])
      if (!isEqual(result)) continue
      left.delete(k)
      break
    }
    if (best === 'different') return best
    results.push(best)
  }
  return allEqual(results)
}

/** Without the name that only the first value carries: `f(x) = 2x if …, −x if …`. */
function valuesOf({ values }: PiecewiseNode): readonly Node[] {
  const named = assignmentOf(values[0])
  return named && values.slice(1).every((value) => value.type !== 'relation')
    ? [named.value, ...values.slice(1)]
    : values
}

type Condition = Node | { readonly type: 'reals'; readonly set: RealSet }

/** The conditions; `otherwise` as what the others leave, where that can be said. */
function conditionsOf({ conditions }: PiecewiseNode, budget: Budget): readonly Condition[] {
  const at = conditions.findIndex((node) => node.type === 'words' && node.text === 'otherwise')
  if (at < 0 || conditions.length < 2) return conditions
  const others = conditions.filter((_, i) => i !== at)
  const parity = others.length === 1 ? oppositeParity(others[0]) : undefined
  const outside = parity ?? outsideOf(others, budget)
  return outside ? conditions.map((node, i) => (i === at ? outside : node)) : conditions
}

function oppositeParity(node: Node): Condition | undefined {
  if (node.type !== 'words' || !/ (?:even|odd)$/.test(node.text)) return undefined
  return {
    type: 'words',
    text: node.text.replace(/even$|odd$/, (word) => (word === 'even' ? 'odd' : 'even')),
  }
}

function outsideOf(nodes: readonly Node[], budget: Budget): Condition | undefined {
  let set: RealSet = []
  const result = undecidedOn(() => {
    for (const node of nodes) set = realSet([...set, ...readRealSet(node, budget).set], sameEnd)
    return 'exact'
  })
  return isEqual(result) ? { type: 'reals', set: complement(set) } : undefined
}

function sameCondition(gold: Condition, given: Condition, budget: Budget): Equality {
  if (gold.type === 'reals' || given.type === 'reals') {
    const read = (condition: Condition): RealSet =>
      condition.type === 'reals' ? condition.set : readRealSet(condition, budget).set
    return undecidedOn(() =>
      sameRealSet(read(gold), read(given), sameEnd) ? 'exact' : 'different',
    )
  }
  if (gold.type === 'words' || given.type === 'words')
    return gold.type === 'words' && given.type === 'words' && gold.text === given.text
      ? 'text'
      : 'different'
  return sameAnswer(gold, given, budget)
}
