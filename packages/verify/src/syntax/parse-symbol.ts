import { Undecidable } from '../undecidable.ts'
import { accept, isMark, nested, peek, type Cursor } from './cursor.ts'
import type { Node } from './node.ts'
import { parseAtom } from './parse-atom.ts'
import { parseBracketed } from './parse-brackets.ts'
import { parseSum } from './parse-expression.ts'
import type { Token } from './token.ts'

const ACCENTS = new Set([
  'overline',
  'bar',
  'hat',
  'widehat',
  'vec',
  'overrightarrow',
  'tilde',
  'widetilde',
  'dot',
  'ddot',
  'overarc',
  'wideparen',
  'not',
])
const FIGURES = new Set(['angle', 'triangle', 'measuredangle', 'square', 'parallel', 'perp', 'arc'])
/** Letters that name functions whatever their argument. */
const FUNCTION_LETTERS = new Set(['f', 'g', 'h', 'F', 'G', 'H'])

/** A symbol with accents, subscripts, primes and, where it is a function, its arguments. */
export function parseSymbol(cursor: Cursor): Node {
  splitWord(cursor)
  const token = cursor.tokens[cursor.position++]
  let name: string
  if (token.kind === 'command' && ACCENTS.has(token.text))
    name = `${token.text} ${rawArgument(cursor)}`
  else if (token.kind === 'command' && FIGURES.has(token.text))
    name = `${token.text} ${figureName(cursor)}`
  else name = token.text
  let subscript: Node | undefined
  for (;;) {
    if (isMark(peek(cursor), '_')) {
      cursor.position++
      const found = parseSubscript(cursor)
      if (typeof found === 'string') name += `_${found}`
      else subscript = found
    } else if (accept(cursor, "'")) name += "'"
    else if (isMark(peek(cursor), '^') && isPrime(cursor)) {
      cursor.position += isMark(peek(cursor, 1), '{') ? 4 : 2
      name += "'"
    } else if (FUNCTION_LETTERS.has(name) && isInverse(cursor)) {
      cursor.position += 5
      name += '^-1'
    } else break
  }
  // \text{C}(10, 3)
  const applied =
    token.kind === 'word' && !/^[CPA]$/.test(name)
      ? undefined
      : parseApplication(cursor, name, subscript)
  if (applied) return applied
  if (subscript) return { type: 'unknown', name: `${name}_`, of: [subscript] }
  if (token.kind === 'letter' && (name === 'e' || name === 'i')) return { type: 'constant', name }
  return { type: 'symbol', name: CANONICAL_NAMES.get(name) ?? name }
}

const CANONICAL_NAMES: ReadonlyMap<string, string> = new Map([
  ['varphi', 'phi'],
  ['varepsilon', 'epsilon'],
  ['vartheta', 'theta'],
  ['varrho', 'rho'],
  ['varsigma', 'sigma'],
])

/** A plain run of two or three letters is a product: taken apart where it stands. */
function splitWord(cursor: Cursor): void {
  const token = peek(cursor)
  if (
    token?.kind !== 'word' ||
    !token.plain ||
    token.text.length > 3 ||
    !/^[A-Za-z]+$/.test(token.text)
  )
    return
  const letters = Array.from(token.text, (text, i): Token => ({
    kind: 'letter',
    text,
    gap: i === 0 && token.gap,
  }))
  cursor.tokens.splice(cursor.position, 1, ...letters)
}

/** `^{-1}` before an argument. */
function isInverse(cursor: Cursor): boolean {
  return (
    isMark(peek(cursor), '^') &&
    isMark(peek(cursor, 1), '{') &&
    isMark(peek(cursor, 2), '-') &&
    peek(cursor, 3)?.text === '1' &&
    isMark(peek(cursor, 4), '}') &&
    isMark(peek(cursor, 5), '(')
  )
}

function isPrime(cursor: Cursor): boolean {
  return (
    isMark(peek(cursor, 1), "'") ||
    (isMark(peek(cursor, 1), '{') && isMark(peek(cursor, 2), "'") && isMark(peek(cursor, 3), '}'))
  )
}

/** A name as text, or an index as an expression: `x_1`, `C_{max}` against `F_{n-1}`, `x_n`. */
function parseSubscript(cursor: Cursor): string | Node {
  if (!isMark(peek(cursor), '{')) {
    const token = peek(cursor)
    if (token?.kind === 'number' || token?.kind === 'word')
      return cursor.tokens[cursor.position++].text
    return token?.kind === 'letter' ? parseAtom(cursor) : parseSubscriptCommand(cursor)
  }
  let end = cursor.position + 1
  while (end < cursor.tokens.length && cursor.tokens[end].kind !== 'mark') end++
  const inside = cursor.tokens.slice(cursor.position + 1, end)
  if (isMark(cursor.tokens[end], '}') && (inside.length !== 1 || inside[0].kind !== 'letter')) {
    cursor.position = end + 1
    return inside.map(({ text }) => text).join('')
  }
  return nested(cursor, () => {
    cursor.position++
    const index = parseSum(cursor)
    if (!accept(cursor, '}')) throw new Undecidable('a subscript is not closed')
    return index
  })
}

function parseSubscriptCommand(cursor: Cursor): string {
  const token = peek(cursor)
  if (token?.kind !== 'command') throw new Undecidable('a subscript is missing')
  cursor.position++
  return token.text
}

/** The tokens of a braced argument, or the one token, as text. */
function rawArgument(cursor: Cursor): string {
  if (!accept(cursor, '{'))
    return cursor.tokens[cursor.position] ? cursor.tokens[cursor.position++].text : ''
  let text = ''
  for (let depth = 1; cursor.position < cursor.tokens.length;) {
    const token = cursor.tokens[cursor.position++]
    if (isMark(token, '{')) depth++
    else if (isMark(token, '}') && --depth === 0) return text
    text += token.text
  }
  throw new Undecidable('an argument is not closed')
}

/** The points after \angle or \triangle: `ABC`, `B E A_{1}`. */
function figureName(cursor: Cursor): string {
  let name = isMark(peek(cursor), '{') ? rawArgument(cursor) : ''
  for (;;) {
    const token = peek(cursor)
    if (
      token?.kind === 'letter' ||
      (token?.kind === 'word' && token.plain) ||
      (token?.kind === 'command' && /^[a-z]+$/.test(token.text) && name === '')
    )
      name += cursor.tokens[cursor.position++].text
    else if (accept(cursor, '_')) name += `_${rawArgument(cursor)}`
    else return name
  }
}

/**
 * `f(x)`, `u(t)`, `I(0)`, `P(A, B)` are values of a function; `n(n+1)` and `x(1+\sqrt2)` are
 * products. A symbol before brackets is a function if its letter says so, or if one other symbol,
 * an integer or several items stand inside.
 */
function parseApplication(
  cursor: Cursor,
  name: string,
  subscript: Node | undefined,
): Node | undefined {
  const start = cursor.position
  // SymPy prints f{\left(x \right)}
  const braced = isMark(peek(cursor), '{') && isMark(peek(cursor, 1), '(')
  if (braced) cursor.position++
  if (!isMark(peek(cursor), '(')) return undefined
  const inside = parseBracketed(cursor)
  if (braced && !accept(cursor, '}')) {
    cursor.position = start
    return undefined
  }
  const several = inside.type === 'group'
  const argument =
    inside.type === 'symbol'
      ? inside.name !== name
      : inside.type === 'number' && inside.value.d === 1n
  if (
    !(
      FUNCTION_LETTERS.has(name.replace(/[_'^].*$/, '')) ||
      argument ||
      (several && inside.open === '(' && inside.close === ')')
    )
  ) {
    cursor.position = start
    return undefined
  }
  const of = several ? inside.of : [inside]
  return {
    type: 'unknown',
    name: subscript ? `${name}_` : name,
    of: subscript ? [subscript, ...of] : of,
  }
}
