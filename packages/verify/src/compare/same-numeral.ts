import type { Budget } from '../budget.ts'
import { rational } from '../exact/rational.ts'
import type { Node } from '../syntax/node.ts'
import type { Equality } from './equality.ts'
import { sameValue } from './same-value.ts'

interface Numeral {
  readonly digits: string
  readonly base: number
  readonly sign: 1n | -1n
}

/** The numeral a node is, behind any sign. */
export function numeralOf(node: Node, sign: 1n | -1n = 1n): Numeral | undefined {
  if (node.type === 'negative') return numeralOf(node.of, sign === 1n ? -1n : 1n)
  return node.type === 'numeral'
    ? { digits: node.digits.toUpperCase().replace(/^0+(?=.)/, ''), base: node.base, sign }
    : undefined
}

/**
 * Numerals by digits where the base is the same or only one states it, by value where two bases
 * differ.
 */
export function sameNumeral(gold: Node, given: Node, budget: Budget): Equality {
  const [a, b] = [numeralOf(gold), numeralOf(given)]
  if (a && b) {
    if (a.base === b.base) return a.digits === b.digits && a.sign === b.sign ? 'text' : 'different'
    return sameValue(valueOf(a), valueOf(b), budget)
  }
  if (!budget.conventions.optionalBases) return 'different'
  if (a) return sameValue(withoutBase(a), given, budget)
  return b ? sameValue(gold, withoutBase(b), budget) : 'different'
}

/** The base left out: the digits count, not the value they have in it. */
function withoutBase(numeral: Numeral): Node {
  return valueOf(/^[\d.]+$/.test(numeral.digits) ? { ...numeral, base: 10 } : numeral)
}

/** The value; a digit that the base does not have counts as if it did. */
function valueOf({ digits, base, sign }: Numeral): Node {
  let value = 0n
  for (const digit of digits.replace('.', '').slice(0, 400))
    value = value * BigInt(base) + BigInt(Number.parseInt(digit, 36))
  const places = digits.includes('.') ? digits.length - digits.indexOf('.') - 1 : 0
  return {
    type: 'number',
    value: rational(sign * value, BigInt(base) ** BigInt(Math.min(places, 400))),
  }
}
