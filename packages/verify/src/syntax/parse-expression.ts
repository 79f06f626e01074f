import type { Node } from './node.ts'
import { accept, isMark, nested, peek, type Cursor } from './cursor.ts'
import { parseAtom, startsOperand } from './parse-atom.ts'
import { parsePostfix } from './parse-postfix.ts'
import { parseModulus, startsModulus } from './parse-modulus.ts'
import { parseLargerUnit, parseSmallerUnits } from './parse-smaller-units.ts'
import type { Token } from './token.ts'
import { CURRENCY_MARKS } from './units.ts'
import { parseRate, parseUnit } from './parse-unit.ts'

/** Terms joined by +, −, ± and ∓. */
export function parseSum(cursor: Cursor): Node {
  return nested(cursor, () => {
    const terms: Node[] = []
    do terms.push(parseSignedTerm(cursor))
    while (isMark(peek(cursor), '+', '-', '±', '∓'))
    return liftModulus(terms)
  })
}

/** `2k - 1 \pmod 4`: the modulus is of all of it. */
function liftModulus(terms: readonly Node[]): Node {
  const last = terms[terms.length - 1]
  const residue = last.type === 'negative' ? last.of : last
  if (residue.type !== 'residue') return terms.length === 1 ? last : { type: 'sum', of: terms }
  const term: Node = last.type === 'negative' ? { type: 'negative', of: residue.of } : residue.of
  const of: Node = terms.length === 1 ? term : { type: 'sum', of: [...terms.slice(0, -1), term] }
  return { type: 'residue', of, modulus: residue.modulus }
}

function parseSignedTerm(cursor: Cursor): Node {
  const sign = accept(cursor, '+', '-', '±', '∓')?.text
  if (sign === undefined || sign === '+')
    return isMark(peek(cursor), '+', '-', '±', '∓')
      ? nested(cursor, parseSignedTerm)
      : parseProduct(cursor)
  const of = isMark(peek(cursor), '+', '-', '±', '∓')
    ? nested(cursor, parseSignedTerm)
    : parseProduct(cursor)
  return sign === '-'
    ? { type: 'negative', of }
    : { type: 'signed', sign: sign === '±' ? 1 : -1, of }
}

/** Factors joined by ·, /, ÷ or nothing, left to right, with a unit behind. */
export function parseProduct(cursor: Cursor): Node {
  let factors: Node[] = [parseFactor(cursor)]
  for (;;) {
    const token = peek(cursor)
    if (accept(cursor, '*')) factors.push(parseFactor(cursor))
    else if (isMark(token, '/') && !isUnitAfterSlash(cursor)) {
      cursor.position++
      factors = [{ type: 'quotient', over: product(factors), under: parseFactor(cursor) }]
    } else if (startsModulus(cursor)) factors = [parseModulus(cursor, product(factors))]
    else {
      // words behind a word are prose, not its unit
      const unit =
        !mayBeUnit(token) || peek(cursor, -1)?.kind === 'word'
          ? undefined
          : (parseUnit(cursor) ?? parseRate(cursor) ?? parseLargerUnit(cursor))
      if (unit)
        factors = [parseSmallerUnits(cursor, { type: 'quantity', of: product(factors), unit })]
      else if (startsOperand(cursor)) factors.push(parseFactor(cursor))
      else return product(factors)
    }
  }
}

/** `\$35` right before the cursor. */
function isPrice(cursor: Cursor): boolean {
  return peek(cursor, -1)?.kind === 'number' && CURRENCY_MARKS.has(peek(cursor, -2)?.text ?? '')
}

/** A word, a letter, a command or a slash. */
function mayBeUnit(token: Token | undefined): boolean {
  return (
    token !== undefined && token.kind !== 'number' && (token.kind !== 'mark' || token.text === '/')
  )
}

/** `5 km/h`, `\$35/person`: a slash between units. */
function isUnitAfterSlash(cursor: Cursor): boolean {
  const next = peek(cursor, 1)
  return next?.kind === 'word' && (!next.plain || (next.text.length > 3 && isPrice(cursor)))
}

function product(factors: readonly Node[]): Node {
  return factors.length === 1 ? factors[0] : { type: 'product', of: factors }
}

/**
 * A signed atom with what is written behind it: powers, subscripts, factorials, primes, % and °.
 */
export function parseFactor(cursor: Cursor): Node {
  return nested(cursor, () => {
    const sign = accept(cursor, '-', '+', '±', '∓')?.text
    if (sign === undefined || sign === '+') return parsePostfix(cursor, parseAtom(cursor))
    const of = parseFactor(cursor)
    return sign === '-'
      ? { type: 'negative', of }
      : { type: 'signed', sign: sign === '±' ? 1 : -1, of }
  })
}
