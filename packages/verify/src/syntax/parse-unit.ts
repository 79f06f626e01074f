import { accept, isCommand, isMark, peek, type Cursor } from './cursor.ts'
import {
  ANY_UNIT,
  COUNT,
  divideUnits,
  multiplyUnits,
  powerUnit,
  SCALES,
  unitNamed,
  type Unit,
} from './units.ts'
import { CLAUSES, CONNECTORS, FILLERS } from './words.ts'

const POWERS = new Map([
  ['square', 2],
  ['sq', 2],
  ['squared', 2],
  ['cubic', 3],
  ['cubed', 3],
  ['cu', 3],
])
const GENERIC = new Set(['unit', 'units'])
/** Words that are no noun of a count: they join or qualify. */
const NOT_NOUNS = new Set([
  'to',
  'per',
  'or',
  'and',
  'not',
  'where',
  'mod',
  'doubled',
  'tripled',
  'quadrupled',
  'halved',
  'negated',
  'inverted',
  'factorial',
  'choose',
  'plus',
  'times',
  'wrong',
  'incorrect',
  'false',
  'then',
  'maybe',
  'perhaps',
  'possibly',
  'below',
  'gross',
])

/**
 * The unit at the cursor, read as far as it goes: `\text{ square inches}`, `cm^2`,
 * `\text{mi}/\text{h}`, `miles per hour`, `million dollars`, `ways`. Undefined, and nothing read,
 * where none stands there.
 */
export function parseUnit(cursor: Cursor): Unit | undefined {
  const quotient = parseUnitFraction(cursor)
  if (quotient) return quotient
  let unit = parseUnitWord(cursor)
  if (!unit) return undefined
  for (;;) {
    const start = cursor.position
    const next = peek(cursor)
    if (isMark(next, '/') || (next?.kind === 'word' && next.text === 'per')) {
      cursor.position++
      const under =
        (next?.text === 'per' ? parsePlainUnit(cursor) : undefined) ?? parseUnitWord(cursor)
      if (!under) {
        cursor.position = start
        return unit
      }
      unit = divideUnits(unit, under)
      continue
    }
    accept(cursor, '*')
    const factor = parseUnitWord(cursor)
    if (!factor) {
      cursor.position = start
      return unit
    }
    // "children tickets", "right triangles": more words of one noun
    unit =
      unit === COUNT
        ? factor.dimensions.has('count')
          ? COUNT
          : factor
        : factor === COUNT
          ? unit
          : multiplyUnits(unit, factor)
  }
}

function pricedNoun(cursor: Cursor, slashed: boolean): Unit | undefined {
  if (slashed) cursor.position++
  return slashed ? COUNT : undefined
}

/** `\$18 per day`: the day, as what the dollars are divided by. */
export function parseRate(cursor: Cursor): Unit | undefined {
  const start = cursor.position
  const token = peek(cursor)
  const next = peek(cursor, 1)
  // `\$35/person`, not `\$35/x`
  const slashed =
    isMark(token, '/') && next?.kind === 'word' && (next.text.length > 3 || !!unitNamed(next.text))
  if (!slashed && (token?.kind !== 'word' || token.text !== 'per')) return undefined
  cursor.position++
  const under = parsePlainUnit(cursor) ?? parseUnitWord(cursor) ?? pricedNoun(cursor, slashed)
  if (!under) cursor.position = start
  return under && powerUnit(under, -1)
}

/** A unit that plain letters name behind "per", where no variable stands: `per day`, `per h`. */
export function parsePlainUnit(cursor: Cursor): Unit | undefined {
  const token = peek(cursor)
  const unit =
    token?.kind === 'word' || token?.kind === 'letter' ? unitNamed(token.text) : undefined
  if (unit) cursor.position++
  return unit && parseUnitPower(cursor, unit)
}

function parseUnitWord(cursor: Cursor): Unit | undefined {
  const start = cursor.position
  const token = peek(cursor)
  if (token?.kind === 'command' || isCommand(peek(cursor, 1), 'Omega'))
    return parseGreekUnit(cursor)
  if (
    token?.kind !== 'word' ||
    CONNECTORS.has(token.text) ||
    CLAUSES.has(token.text) ||
    NOT_NOUNS.has(token.text)
  )
    return undefined
  cursor.position++
  const power = POWERS.get(token.text.toLowerCase())
  if (power !== undefined) {
    accept(cursor, '.')
    const letter = peek(cursor)?.kind === 'letter' ? unitNamed(peek(cursor)?.text ?? '') : undefined
    if (letter) cursor.position++
    const squared = letter ?? parseUnitWord(cursor)
    return powerUnit(squared ?? ANY_UNIT, power)
  }
  const scale = SCALES.get(token.text.toLowerCase())
  if (scale) {
    const scaled = parseUnitWord(cursor)
    return scaled && scaled !== COUNT
      ? {
          dimensions: scaled.dimensions,
          factor: { n: scaled.factor.n * scale.n, d: scaled.factor.d },
        }
      : { dimensions: new Map(), factor: scale }
  }
  if (FILLERS.has(token.text.toLowerCase())) {
    const after = parseUnitWord(cursor)
    if (!after) cursor.position = start
    return after
  }
  const unit =
    unitNamed(token.text, token.plain) ?? noun(token.text, token.plain === true, token.gap)
  if (!unit) cursor.position = start
  return unit && parseUnitPower(cursor, unit)
}

/** `25\,\Omega` and `5\,\mu\text{m}` behind a number; with a bare letter only at the very end. */
function parseGreekUnit(cursor: Cursor): Unit | undefined {
  if (peek(cursor, -1)?.kind !== 'number') return undefined
  const [letter, next] = [peek(cursor), peek(cursor, 1)]
  if (isCommand(letter, 'Omega')) {
    cursor.position++
    return unitNamed('Ω')
  }
  if (isCommand(next, 'Omega')) {
    const ohms = unitNamed(`${letter?.text}Ω`)
    if (ohms) cursor.position += 2
    return ohms
  }
  const isUnit = next?.kind === 'word' || (next?.kind === 'letter' && peek(cursor, 2) === undefined)
  const unit = isCommand(letter, 'mu') && isUnit ? unitNamed(`μ${next.text}`) : undefined
  if (unit) cursor.position += 2
  return unit
}

/**
 * A word without a measure. Plain runs of up to three letters, or glued to the number, are products
 * instead.
 */
function noun(word: string, plain: boolean, gap: boolean): Unit | undefined {
  if (GENERIC.has(word.toLowerCase())) return ANY_UNIT
  if (/^\p{Script=Han}/u.test(word)) return COUNT
  return word.length < 2 || (plain && (!gap || word.length < 4)) ? undefined : COUNT
}

function parseUnitPower(cursor: Cursor, unit: Unit): Unit {
  const next = peek(cursor)
  if (next?.kind === 'word' && (next.text === 'squared' || next.text === 'cubed')) {
    cursor.position++
    return powerUnit(unit, POWERS.get(next.text) as number)
  }
  if (!isMark(next, '^')) return unit
  const bracketed = isMark(peek(cursor, 1), '{') ? 1 : 0
  const negative = isMark(peek(cursor, 1 + bracketed), '-') ? 1 : 0
  const exponent = peek(cursor, 1 + bracketed + negative)
  if (exponent?.kind !== 'number' || exponent.text.length > 1) return unit
  cursor.position += 2 + 2 * bracketed + negative
  return powerUnit(unit, negative ? -Number(exponent.text) : Number(exponent.text))
}

/** `\frac{\text{mi}}{\text{h}}` */
function parseUnitFraction(cursor: Cursor): Unit | undefined {
  if (
    !isCommand(peek(cursor), 'frac') ||
    !isMark(peek(cursor, 1), '{') ||
    peek(cursor, 2)?.kind !== 'word' ||
    peek(cursor, 2)?.plain
  )
    return undefined
  const start = cursor.position
  cursor.position += 2
  const over = parseUnitWord(cursor)
  if (over && accept(cursor, '}') && accept(cursor, '{')) {
    const under = parseUnitWord(cursor)
    if (under && accept(cursor, '}')) return divideUnits(over, under)
  }
  cursor.position = start
  return undefined
}
