import { Undecidable } from '../undecidable.ts'
import { fail, isCommand, isMark, peek, type Cursor } from './cursor.ts'
import type { Node } from './node.ts'
import type { Token } from './token.ts'
import { parseAbsolute, parseBraces, parseBracketed, parseMatrix } from './parse-brackets.ts'
import {
  parseBinomial,
  parseFraction,
  parseFunction,
  parseRoot,
  parseSeries,
} from './parse-command.ts'
import { parseSymbol } from './parse-symbol.ts'
import { parseCombinations } from './parse-combinations.ts'
import { parseFactor } from './parse-expression.ts'
import { rational } from '../exact/rational.ts'
import { CURRENCY_MARKS, unitNamed, type Unit } from './units.ts'
import { CLAUSES, CONNECTORS, FUNCTIONS } from './words.ts'

const BRACKETS = ['(', '[', '\\{', '⟨']
/** Commands with no value here. */
const UNSUPPORTED = new Set([
  'int',
  'iint',
  'oint',
  'lim',
  'partial',
  'nabla',
  'forall',
  'exists',
  'not',
  'input',
  'include',
  'def',
  'newcommand',
  'write',
])

/**
 * Whether the next token can begin a factor without a sign: what stands beside it is then a
 * product.
 */
export function startsOperand(cursor: Cursor): boolean {
  const token = peek(cursor)
  if (token === undefined) return false
  if (token.kind === 'number' || token.kind === 'letter' || token.kind === 'begin') return true
  if (token.kind === 'command')
    return !['choose', 'over', 'mod', 'bmod', 'pmod'].includes(token.text)
  if (token.kind === 'word')
    return (
      !CONNECTORS.has(token.text) &&
      !CLAUSES.has(token.text) &&
      token.text !== 'to' &&
      token.text !== 'per'
    )
  if (token.kind !== 'mark') return false
  // the end of ]a, b[
  if (token.text === '[' && endsInterval(peek(cursor, 1))) return false
  if (token.text === '|') return cursor.bars === 0 && !cursor.builder
  return BRACKETS.includes(token.text) || ['{', '⌊', '⌈', '‖'].includes(token.text)
}

function endsInterval(next: Token | undefined): boolean {
  return next === undefined || isMark(next, '∪', '∩', '∖', ',', ';', '}') || next.kind === 'word'
}

/** A number, a symbol, a bracketed expression or a command with its arguments. */
export function parseAtom(cursor: Cursor): Node {
  const token = peek(cursor)
  if (token === undefined) return fail(cursor, 'an expression')
  if (token.kind === 'number') return parseNumber(cursor)
  const currency = token.kind === 'word' ? currencyBefore(cursor, token.text) : undefined
  if (currency) return parseCurrency(cursor, currency)
  if (token.kind === 'letter' || token.kind === 'word')
    return parseNumeral(cursor) ?? parseSymbol(cursor)
  if (token.kind === 'begin') return parseMatrix(cursor)
  if (token.kind === 'command') return parseCommand(cursor, token.text)
  if (token.kind !== 'mark') return fail(cursor, 'an expression')
  const combinations = parseCombinations(cursor)
  if (combinations) return combinations
  if (token.text === '{') return parseBraces(cursor)
  if (BRACKETS.includes(token.text) || token.text === ']') return parseBracketed(cursor)
  if (['|', '‖', '⌊', '⌈'].includes(token.text)) return parseAbsolute(cursor)
  return CURRENCY_MARKS.has(token.text)
    ? parseCurrency(cursor, CURRENCY_MARKS.get(token.text) as Unit)
    : fail(cursor, 'an expression')
}

/** The currency a word before a number names: `USD 20`, `Rs. 500`. */
function currencyBefore(cursor: Cursor, word: string): Unit | undefined {
  const unit = /^(?:[A-Z]{3}|Rs|rs|RM|Php)$/.test(word) ? unitNamed(word) : undefined
  const dot = isMark(peek(cursor, 1), '.') ? 1 : 0
  if (!unit || peek(cursor, 1 + dot)?.kind !== 'number') return undefined
  cursor.position += dot
  return unit
}

/** `\$20`, `USD 20`. */
function parseCurrency(cursor: Cursor, unit: Unit): Node {
  cursor.position++
  return { type: 'quantity', of: parseFactor(cursor), unit }
}

/** A literal; with a proper fraction right behind it, a mixed number: `3\frac{1}{4}`, `7 7/8`. */
function parseNumber(cursor: Cursor): Node {
  const { number } = cursor.tokens[cursor.position++]
  if (!number) return fail(cursor, 'a number')
  const fraction =
    number.decimals === undefined && number.value.d === 1n ? mixedFraction(cursor) : undefined
  if (!fraction)
    return {
      type: 'number',
      value: number.value,
      ...(number.decimals === undefined ? {} : { decimals: number.decimals }),
    }
  const [over, under, length] = fraction
  cursor.position += length
  return { type: 'number', value: rational(number.value.n * under + over, under) }
}

/** A numeral with letters for digits, in a stated base above ten: `\text{1A}_{16}`, `FFF_{16}`. */
function parseNumeral(cursor: Cursor): Node | undefined {
  const digits = peek(cursor)?.text ?? ''
  if (!/^[0-9A-Z]{1,40}$/.test(digits) || !isMark(peek(cursor, 1), '_')) return undefined
  const braces = isMark(peek(cursor, 2), '{') ? 1 : 0
  const base = Number(peek(cursor, 2 + braces)?.number?.digits ?? 0)
  if (
    base < 11 ||
    base > 36 ||
    [...digits].some((digit) => Number.parseInt(digit, 36) >= base) ||
    (braces === 1 && !isMark(peek(cursor, 4), '}'))
  )
    return undefined
  cursor.position += 3 + 2 * braces
  return { type: 'numeral', digits, base }
}

/** Numerator, denominator and number of tokens of a proper fraction of literals at the cursor. */
function mixedFraction(cursor: Cursor): [bigint, bigint, number] | undefined {
  const literal = (ahead: number): bigint | undefined => {
    const { number } = peek(cursor, ahead) ?? {}
    return number && number.decimals === undefined && number.value.d === 1n
      ? number.value.n
      : undefined
  }
  let found: [bigint | undefined, bigint | undefined, number] | undefined
  if (isCommand(peek(cursor), 'frac')) {
    if (
      isMark(peek(cursor, 1), '{') &&
      isMark(peek(cursor, 3), '}') &&
      isMark(peek(cursor, 4), '{') &&
      isMark(peek(cursor, 6), '}')
    )
      found = [literal(2), literal(5), 7]
    else if (isMark(peek(cursor, 2), '{') && isMark(peek(cursor, 4), '}'))
      found = [literal(1), literal(3), 5]
    else if (/^\d\d$/.test(peek(cursor, 1)?.text ?? ''))
      found = [
        BigInt((peek(cursor, 1)?.text ?? '0')[0]),
        BigInt((peek(cursor, 1)?.text ?? '01')[1]),
        2,
      ]
    else if (peek(cursor, 1)?.text.length === 1) found = [literal(1), literal(2), 3]
  } else if (peek(cursor)?.gap && isMark(peek(cursor, 1), '/') && !isMark(peek(cursor, 3), '^'))
    found = [literal(0), literal(2), 3]
  if (!found) return undefined
  const [over, under, length] = found
  return over !== undefined && under !== undefined && over < under
    ? [over, under, length]
    : undefined
}

function parseCommand(cursor: Cursor, name: string): Node {
  if (UNSUPPORTED.has(name)) throw new Undecidable(`\\${name} is not supported`)
  if (name.startsWith('set ')) {
    cursor.position++
    return { type: 'numberSet', name: name.slice(4) }
  }
  if (FUNCTIONS.has(name)) return parseFunction(cursor)
  switch (name) {
    case 'frac':
      return parseFraction(cursor)
    case 'sqrt':
    case 'cbrt':
      return parseRoot(cursor)
    case 'binom':
    case 'dbinom':
    case 'tbinom':
      return parseBinomial(cursor)
    case 'sum':
    case 'prod':
      return parseSeries(cursor)
    case 'infty':
    case 'pi':
    case 'emptyset':
    case 'varnothing':
      cursor.position++
      return name === 'infty'
        ? { type: 'infinity' }
        : name === 'pi'
          ? { type: 'constant', name }
          : { type: 'emptySet' }
    case 'ldots':
    case 'cdots':
    case 'dots':
    case 'dotsc':
    case 'dotsb':
      cursor.position++
      return { type: 'symbol', name: '…' }
    default:
      return parseSymbol(cursor)
  }
}
