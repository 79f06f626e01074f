import { isMark, peek, type Cursor } from './cursor.ts'
import type { Node, QuantityNode } from './node.ts'
import { parseUnit } from './parse-unit.ts'
import { haveSameDimensions } from './units.ts'
import { compareRational, divideRational } from '../exact/rational.ts'

/**
 * A quantity with the smaller units that go on from it, `2 hours 40 minutes`, `3 dollars and 75
 * cents`, as their sum: fewer of them than make one of the unit before.
 */
export function parseSmallerUnits(cursor: Cursor, first: QuantityNode): Node {
  const parts = [first]
  for (let part = next(cursor, first); part; part = next(cursor, part)) parts.push(part)
  return parts.length === 1 ? first : { type: 'sum', of: parts }
}

function next(cursor: Cursor, larger: QuantityNode): QuantityNode | undefined {
  const start = cursor.position
  const token = peek(cursor)
  if (isMark(token, ',') || (token?.kind === 'word' && token.text === 'and')) cursor.position++
  if (peek(cursor)?.kind === 'word' && peek(cursor)?.text === 'and') cursor.position++
  const number = peek(cursor)?.number
  if (number && larger.of.type === 'number') {
    cursor.position++
    const unit = parseUnit(cursor)
    if (
      unit &&
      haveSameDimensions(unit, larger.unit) &&
      compareRational(number.value, divideRational(larger.unit.factor, unit.factor)) < 0
    )
      return { type: 'quantity', of: { type: 'number', value: number.value }, unit }
  }
  cursor.position = start
  return undefined
}
