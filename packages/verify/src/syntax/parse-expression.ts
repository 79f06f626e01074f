import type { Node } from './node.ts'
import { accept, isCommand, isMark, nested, peek, type Cursor } from './cursor.ts'
import { parseAtom, startsOperand } from './parse-atom.ts'
import { parsePostfix } from './parse-postfix.ts'
import { parseUnit } from './parse-unit.ts'

/** Terms joined by +, −, ± and ∓. */
export function parseSum(cursor: Cursor): Node {
  return nested(cursor, () => {
    const terms: Node[] = []
    do terms.push(parseSignedTerm(cursor))
    while (isMark(peek(cursor), '+', '-', '±', '∓'))
    return terms.length === 1 ? terms[0] : { type: 'sum', of: terms }
  })
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
    } else if (isCommand(token, 'mod', 'bmod')) {
      cursor.position++
      factors = [{ type: 'call', name: 'mod', of: [product(factors), parseFactor(cursor)] }]
    } else if (isCommand(token, 'pmod')) {
      // a residue is stated with its modulus, which the question gave
      cursor.position++
      parseFactor(cursor)
    } else {
      // words behind a word are prose, not its unit
      const unit = peek(cursor, -1)?.kind === 'word' ? undefined : parseUnit(cursor)
      if (unit) factors = [{ type: 'quantity', of: product(factors), unit }]
      else if (startsOperand(cursor)) factors.push(parseFactor(cursor))
      else return product(factors)
    }
  }
}

/** `5 km/h`: a slash between units. */
function isUnitAfterSlash(cursor: Cursor): boolean {
  const next = peek(cursor, 1)
  return next?.kind === 'word' && !next.plain && next.text.length > 0
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
