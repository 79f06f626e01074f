import { Undecidable } from '../undecidable.ts'
import { accept, expectMark, fail, isCommand, isMark, peek, type Cursor } from './cursor.ts'
import type { Node, SeriesNode } from './node.ts'
import { parseAtom, startsOperand } from './parse-atom.ts'
import { parseBraces } from './parse-brackets.ts'
import { parseFactor, parseProduct, parseSum } from './parse-expression.ts'
import { parsePostfix } from './parse-postfix.ts'
import { printNode } from './print-node.ts'
import { FUNCTIONS } from './words.ts'

const MANY_ARGUMENTS = new Set(['max', 'min', 'gcd', 'lcm', 'binomial'])
const INVERSES = new Map([
  ['sin', 'arcsin'],
  ['cos', 'arccos'],
  ['tan', 'arctan'],
  ['cot', 'arccot'],
  ['sec', 'arcsec'],
  ['csc', 'arccsc'],
])

/**
 * An argument as TeX takes it: a braced group, or one token; of a number's digits the first, where
 * `digit` asks so.
 */
export function parseArgument(cursor: Cursor, digit: boolean): Node {
  const token = peek(cursor)
  if (isMark(token, '{')) return parseBraces(cursor)
  if (token?.kind === 'number' && digit && /^\d{2,}$/.test(token.text)) {
    const [first, rest] = [token.text[0], token.text.slice(1)]
    const literal = (text: string): typeof token => ({
      ...token,
      text,
      number: { value: { n: BigInt(text), d: 1n }, digits: text },
    })
    cursor.tokens.splice(cursor.position, 1, literal(first), { ...literal(rest), gap: false })
  }
  return parseAtom(cursor)
}

/** `\frac{a}{b}`, `\frac12`, `\frac9{5}`; `\frac{dy}{dx}` is a symbol. */
export function parseFraction(cursor: Cursor): Node {
  cursor.position++
  const over = parseArgument(cursor, true)
  const under = parseArgument(cursor, true)
  const derivative = derivativeName(over, under)
  return derivative ? { type: 'symbol', name: derivative } : { type: 'quotient', over, under }
}

/** The name of d^n y / d x^n, a symbol to us; undefined for other fractions. */
function derivativeName(over: Node, under: Node): string | undefined {
  const isDifferential = (node: Node): boolean =>
    (node.type === 'symbol' && node.name === 'd') ||
    (node.type === 'power' && isDifferential(node.base))
  if (under.type !== 'product' || under.of.length !== 2 || !isDifferential(under.of[0]))
    return undefined
  const head = over.type === 'product' ? over.of[0] : over
  return isDifferential(head) ? `derivative ${printNode(over)} ${printNode(under)}` : undefined
}

/** `\sqrt{x}`, `\sqrt[3]{x}`, `\sqrt 35`, `sqrt(35)`, `cbrt(2)`. */
export function parseRoot(cursor: Cursor): Node {
  let index: Node | undefined
  const name = cursor.tokens[cursor.position++].text
  if (accept(cursor, '[')) {
    index = parseSum(cursor)
    expectMark(cursor, ']')
  }
  const of = parseArgument(cursor, false)
  if (name === 'cbrt') return { type: 'root', of, index: 3 }
  if (!index) return { type: 'root', of, index: 2 }
  if (
    index.type === 'number' &&
    index.value.d === 1n &&
    index.value.n >= 2n &&
    index.value.n <= 64n
  )
    return { type: 'root', of, index: Number(index.value.n) }
  return {
    type: 'power',
    base: of,
    exponent: { type: 'quotient', over: { type: 'number', value: { n: 1n, d: 1n } }, under: index },
  }
}

export function parseBinomial(cursor: Cursor): Node {
  cursor.position++
  return {
    type: 'call',
    name: 'binomial',
    of: [parseArgument(cursor, true), parseArgument(cursor, true)],
  }
}

/**
 * A named function with its power, base and argument: `\sin^2 x`, `\log_{10} 2`, `\cos(2t)`,
 * `\sin 2x`. Without brackets the argument is the product that follows, up to the next function.
 */
export function parseFunction(cursor: Cursor): Node {
  let name = FUNCTIONS.get(cursor.tokens[cursor.position++].text) as string
  let power: Node | undefined
  let base: Node | undefined
  for (;;) {
    if (accept(cursor, '^'))
      power = isMark(peek(cursor), '{') ? parseBraces(cursor) : parseSignedArgument(cursor)
    else if (accept(cursor, '_')) base = parseArgument(cursor, false)
    else break
  }
  if (power?.type === 'negative' && printNode(power) === '-1' && INVERSES.has(name)) {
    name = INVERSES.get(name) as string
    power = undefined
  }
  const argument = parseFunctionArgument(cursor)
  const of =
    MANY_ARGUMENTS.has(name) && argument.type === 'list'
      ? argument.of
      : MANY_ARGUMENTS.has(name) && argument.type === 'group'
        ? argument.of
        : [argument]
  const call: Node = {
    type: 'call',
    name: base && name === 'log' ? 'logBase' : name,
    of: base && name === 'log' ? [of[0], base] : of,
  }
  return power ? { type: 'power', base: call, exponent: power } : call
}

function parseSignedArgument(cursor: Cursor): Node {
  if (!accept(cursor, '-')) return parseAtom(cursor)
  return { type: 'negative', of: parseAtom(cursor) }
}

function parseFunctionArgument(cursor: Cursor): Node {
  const token = peek(cursor)
  if (isMark(token, '(', '[', '{', '|', '⌊', '⌈')) return parseAtom(cursor)
  if (accept(cursor, '-')) return { type: 'negative', of: parseFunctionArgument(cursor) }
  if (!startsOperand(cursor)) return fail(cursor, 'the argument of a function')
  const factors = [parsePostfix(cursor, parseAtom(cursor))]
  // \sin 2x takes the product; \sin x \cos x and \sin x (…) do not
  while (
    startsOperand(cursor) &&
    !isFunction(cursor) &&
    !isMark(peek(cursor), '(', '[', '{') &&
    peek(cursor)?.kind !== 'word'
  )
    factors.push(parsePostfix(cursor, parseAtom(cursor)))
  return factors.length === 1 ? factors[0] : { type: 'product', of: factors }
}

function isFunction(cursor: Cursor): boolean {
  const token = peek(cursor)
  return token?.kind === 'command' && FUNCTIONS.has(token.text)
}

/** `\sum_{k=1}^{n} …` over the product that follows. */
export function parseSeries(cursor: Cursor): SeriesNode {
  const operator = cursor.tokens[cursor.position++].text === 'sum' ? 'sum' : 'product'
  let from: Node | undefined
  let to: Node | undefined
  let index: string | undefined
  while (isMark(peek(cursor), '_', '^')) {
    if (accept(cursor, '^'))
      to = isMark(peek(cursor), '{') ? parseBraces(cursor) : parseFactor(cursor)
    else {
      expectMark(cursor, '_')
      const below = parseBraces(cursor)
      const name =
        below.type === 'relation' && below.sides.length === 2 && below.signs[0] === '='
          ? below.sides[0]
          : undefined
      if (below.type !== 'relation' || (name?.type !== 'symbol' && name?.type !== 'constant'))
        throw new Undecidable('a series without an index')
      index = name.name
      from = below.sides[1]
    }
  }
  if (!from || !to || index === undefined) throw new Undecidable('a series without bounds')
  return {
    type: 'series',
    operator,
    index,
    from,
    to,
    body: isCommand(peek(cursor), 'sum', 'prod') ? parseSeries(cursor) : parseProduct(cursor),
  }
}
