import type { Budget } from '../budget.ts'
import { rationalValue } from '../exact/rational-value.ts'
import { compareRational, type Rational } from '../exact/rational.ts'
import { sameRationalFunction } from '../exact/rational-function.ts'
import { freeSymbols } from '../numeric/sample-points.ts'
import { someNode, type Node } from '../syntax/node.ts'
import { printNode } from '../syntax/print-node.ts'
import { Undecidable } from '../undecidable.ts'
import { type Equality, isEqual } from './equality.ts'
import { isRounded } from './is-rounded.ts'
import { sameConstant } from './same-constant.ts'
import { sameFunction } from './same-function.ts'

/**
 * Whether two expressions have the same value, in stages: the same tree; exact rational numbers;
 * numbers to 80 digits, proven equal where algebraic; functions at sample points, then
 * symbolically.
 */
export function sameValue(gold: Node, given: Node, budget: Budget): Equality {
  if (gold === given || printNode(gold) === printNode(given)) return 'text'
  const infinities = [infinitySign(gold), infinitySign(given)]
  if (infinities[0] !== undefined || infinities[1] !== undefined)
    return infinities[0] === infinities[1] ? 'text' : 'different'
  const values = [attemptRational(gold, budget), attemptRational(given, budget)]
  if (values[0] && values[1] && values[0] !== 'too large' && values[1] !== 'too large') {
    return compareRational(values[0], values[1]) === 0 ||
      (budget.conventions.roundedDecimals && isRounded(gold, values[0], given, values[1]))
      ? 'exact'
      : 'different'
  }
  return undecidedOn(() => compareExpressions(gold, given, budget))
}

function compareExpressions(gold: Node, given: Node, budget: Budget): Equality {
  if (freeSymbols(gold).size + freeSymbols(given).size === 0)
    return withEitherLogarithm(gold, given, (base) => sameConstant(gold, given, base, budget))
  const numeric = withEitherLogarithm(gold, given, (base) =>
    sameFunction(gold, given, base, budget),
  )
  if (numeric === 'different') return numeric
  const symbolic = undecidedOn(() => sameRationalFunction(gold, given, budget))
  return symbolic === 'undecided' ? numeric : symbolic
}

/** `log` without a base may be natural or decimal, in both expressions alike. */
function withEitherLogarithm(
  gold: Node,
  given: Node,
  compare: (base: 'e' | 'ten') => Equality,
): Equality {
  const natural = compare('e')
  const ambiguous =
    !isEqual(natural) &&
    [gold, given].some((node) =>
      someNode(node, (child) => child.type === 'call' && child.name === 'log'),
    )
  return ambiguous ? compare('ten') : natural
}

function attemptRational(node: Node, budget: Budget): Rational | 'too large' | undefined {
  try {
    return rationalValue(node, budget)
  } catch (error) {
    if (error instanceof Undecidable) return 'too large'
    throw error
  }
}

/** 1 for ∞, −1 for −∞, undefined for anything finite. */
function infinitySign(node: Node): 1 | -1 | undefined {
  if (node.type === 'infinity') return 1
  return node.type === 'negative' && node.of.type === 'infinity' ? -1 : undefined
}

/** The comparison's result; undecided where it meets something it cannot read or compute. */
export function undecidedOn(compare: () => Equality): Equality {
  try {
    return compare()
  } catch (error) {
    if (error instanceof Undecidable) return 'undecided'
    throw error
  }
}
