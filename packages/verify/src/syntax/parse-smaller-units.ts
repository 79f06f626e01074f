import { isMark, peek, type Cursor } from './cursor.ts'
import type { Node, QuantityNode } from './node.ts'
import { parsePlainUnit, parseUnit } from './parse-unit.ts'
import type { Token } from './token.ts'
import { haveSameDimensions, unitNamed, type Unit } from './units.ts'
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
    const unit = minutesBehind(cursor, larger.unit) ?? parseUnit(cursor) ?? parsePlainUnit(cursor)
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

/** The minutes of `2 h 30 m` and `2 h 30 min`, where m alone is a meter and min a function. */
function minutesBehind(cursor: Cursor, larger: Unit): Unit | undefined {
  const token = peek(cursor)
  if (!isMinutes(token, larger)) return undefined
  cursor.position++
  return unitNamed('min')
}

function isMinutes(token: Token | undefined, larger: Unit): boolean {
  const hour = unitNamed('hour') as Unit
  const isHour =
    haveSameDimensions(larger, hour) && compareRational(larger.factor, hour.factor) === 0
  return isHour && (token?.text === 'm' || token?.text === 'min') && token.kind !== 'mark'
}

/** The first unit of `2 h 30 m`: a letter that would be a variable without the smaller one. */
export function parseLargerUnit(cursor: Cursor): Unit | undefined {
  const larger = letterUnit(peek(cursor))
  const behind = peek(cursor, 2)
  const smaller =
    larger && isMinutes(behind, larger) ? unitNamed('min') : letterUnit(peek(cursor, 2))
  const number = peek(cursor, 1)?.number
  if (!larger || !smaller || !number || peek(cursor, -1)?.kind !== 'number') return undefined
  if (!haveSameDimensions(larger, smaller)) return undefined
  if (compareRational(number.value, divideRational(larger.factor, smaller.factor)) >= 0)
    return undefined
  cursor.position++
  return larger
}

/** The unit that a letter or a plain word names. */
function letterUnit(token: Token | undefined): Unit | undefined {
  return token?.kind === 'letter' || token?.kind === 'word' ? unitNamed(token.text) : undefined
}
