import { accept, fail, isCommand, isMark, nested, peek, type Cursor } from './cursor.ts'
import type { Node } from './node.ts'
import { parseAtom } from './parse-atom.ts'
import { parseBraces } from './parse-brackets.ts'
import { parseFactor } from './parse-expression.ts'
import { parsePartOfSet } from './parse-part-of-set.ts'
import { CURRENCY_MARKS, DEGREE, PERCENT, unitNamed, type Unit } from './units.ts'
import { numberWords } from './number-words.ts'

/** What stands behind an atom. */
export function parsePostfix(cursor: Cursor, atom: Node): Node {
  let node = atom
  for (;;) {
    const token = peek(cursor)
    if (node.type === 'numberSet' && isMark(token, '^', '_')) node = parsePartOfSet(cursor, node)
    else if (accept(cursor, '^')) node = parsePower(cursor, node)
    else if (isMark(token, '*') && isMark(peek(cursor, 1), '*')) node = raise(cursor, node)
    else if (isMark(token, '_')) node = parseIndex(cursor, node) ?? parseBase(cursor, node)
    else if (accept(cursor, '!'))
      node = {
        type: 'call',
        name: accept(cursor, '!') ? 'doubleFactorial' : 'factorial',
        of: [node],
      }
    else if (accept(cursor, '%')) node = { type: 'quantity', of: node, unit: PERCENT }
    else if (accept(cursor, '°'))
      node = { type: 'quantity', of: node, unit: temperature(cursor) ?? DEGREE }
    else if (token?.kind === 'mark' && CURRENCY_MARKS.has(token.text) && isValue(node))
      node = {
        type: 'quantity',
        of: node,
        unit: CURRENCY_MARKS.get(cursor.tokens[cursor.position++].text) as Unit,
      }
    else return node
  }
}

/** Python's `**`, which binds closer than `/`. */
function raise(cursor: Cursor, base: Node): Node {
  cursor.position += 2
  return { type: 'power', base, exponent: parseFactor(cursor) }
}

function isValue(node: Node): boolean {
  return node.type === 'number' || node.type === 'quotient' || node.type === 'negative'
}

function parsePower(cursor: Cursor, base: Node): Node {
  const token = peek(cursor)
  if (isCommand(token, 'prime') || isMark(token, "'", '*')) {
    cursor.position++
    return rename(base, "'")
  }
  // 21^{st}, after a number only
  if (base.type === 'number' && isOrdinal(cursor)) {
    cursor.position += isMark(token, '{') ? 3 : 1
    return base
  }
  const exponent = isMark(token, '{') ? parseBraces(cursor) : parseSignedAtom(cursor)
  if (exponent.type === 'symbol' && /^'+$/.test(exponent.name)) return rename(base, exponent.name)
  return { type: 'power', base, exponent }
}

/** `st`, `nd`, `rd` or `th`, in braces or set as text. */
function isOrdinal(cursor: Cursor): boolean {
  const braced = isMark(peek(cursor), '{')
  const word = peek(cursor, braced ? 1 : 0)
  return (
    word?.kind === 'word' &&
    /^(?:st|nd|rd|th)$/.test(word.text) &&
    (braced ? isMark(peek(cursor, 2), '}') : word.plain !== true)
  )
}

/** `10^-8`, `x^y`, `2^3!` is (2^3)!. Towers are right-associative: `9^9^9`. */
function parseSignedAtom(cursor: Cursor): Node {
  const sign = accept(cursor, '-', '+')?.text
  const atom = parseAtom(cursor)
  const node = accept(cursor, '^') ? nested(cursor, () => parsePower(cursor, atom)) : atom
  return sign === '-' ? { type: 'negative', of: node } : node
}

function rename(node: Node, suffix: string): Node {
  if (node.type === 'symbol') return { ...node, name: node.name + suffix }
  if (node.type === 'constant') return { type: 'symbol', name: node.name + suffix }
  if (node.type === 'unknown') return { ...node, name: node.name + suffix }
  return node
}

function temperature(cursor: Cursor): Unit | undefined {
  const token = peek(cursor)
  if (token?.kind !== 'letter' && token?.kind !== 'word') return undefined
  const unit =
    token.text === 'C'
      ? unitNamed('celsius')
      : token.text === 'F'
        ? unitNamed('fahrenheit')
        : undefined
  if (unit) cursor.position++
  return unit
}

/** `C^3_{10}` is `C_{10}^3`. */
function parseIndex(cursor: Cursor, node: Node): Node | undefined {
  if (node.type !== 'power' || node.base.type !== 'symbol') return undefined
  const braces = isMark(peek(cursor, 1), '{') ? 1 : 0
  const index = peek(cursor, 1 + braces)
  if (index?.kind !== 'number' || (braces === 1 && !isMark(peek(cursor, 3), '}'))) return undefined
  cursor.position += 2 + 2 * braces
  return { ...node, base: { ...node.base, name: `${node.base.name}_${index.text}` } }
}

/**
 * A number with a subscript is a numeral in that base: `101_2`, `(7602)_8`, `385_{\text{nine}}`.
 */
function parseBase(cursor: Cursor, node: Node): Node {
  const digits = cursor.tokens[cursor.position - (isMark(peek(cursor, -1), ')', '}') ? 2 : 1)]
  cursor.position++
  const token = peek(cursor)
  let base: number | undefined
  if (token?.kind === 'word' && !isMark(token, '{')) base = baseNamed(token.text)
  else if (
    isMark(token, '{') &&
    /^base$/i.test(peek(cursor, 1)?.text ?? '') &&
    isMark(peek(cursor, 3), '}')
  ) {
    base = Number(peek(cursor, 2)?.number?.digits ?? 0)
    cursor.position += 3
  } else if (
    isMark(token, '{') &&
    peek(cursor, 1)?.kind === 'word' &&
    isMark(peek(cursor, 2), '}')
  ) {
    base = baseNamed(peek(cursor, 1)?.text ?? '')
    cursor.position += 2
  }
  if (base !== undefined) cursor.position++
  else {
    const subscript = isMark(token, '{') ? parseBraces(cursor) : parseAtom(cursor)
    if (subscript.type === 'number' && subscript.value.d === 1n) base = Number(subscript.value.n)
  }
  if (
    node.type !== 'number' ||
    digits?.number?.digits === undefined ||
    base === undefined ||
    base < 2 ||
    base > 36
  )
    return fail(cursor, 'the base of a numeral')
  return { type: 'numeral', digits: digits.number.digits, base }
}

function baseNamed(word: string): number | undefined {
  const value = numberWords(word.toLowerCase())
  return value && Number(value.n)
}
