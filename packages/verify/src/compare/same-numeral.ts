import type { Budget } from '../budget.ts'
import { rational } from '../exact/rational.ts'
import type { Node } from '../syntax/node.ts'
import type { Equality } from './equality.ts'
import { sameValue } from './same-value.ts'

/** Numerals by digits where the base is the same or only one states it, by value where two bases differ. */
export function sameNumeral(gold: Node, given: Node, budget: Budget): Equality {
  if (gold.type === 'numeral' && given.type === 'numeral') {
    if (gold.base === given.base) return strip(gold.digits) === strip(given.digits) ? 'text' : 'different'
    return sameValue(valueOf(gold.digits, gold.base), valueOf(given.digits, given.base), budget)
  }
  const [numeral, other] = gold.type === 'numeral' ? [gold, given] : [given, gold]
  if (numeral.type !== 'numeral') return 'different'
  // the base left out: the digits count, not the value they have in it
  return sameValue(valueOf(numeral.digits, /^\d+$/.test(numeral.digits) ? 10 : numeral.base), other, budget)
}

function strip(digits: string): string {
  return digits.toUpperCase().replace(/^0+(?=.)/, '')
}

/** The value; a digit that the base does not have counts as if it did. */
function valueOf(digits: string, base: number): Node {
  let value = 0n
  for (const digit of digits.slice(0, 400)) value = value * BigInt(base) + BigInt(Number.parseInt(digit, 36))
  return { type: 'number', value: rational(value) }
}
