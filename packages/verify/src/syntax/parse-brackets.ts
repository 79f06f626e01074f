import { Undecidable } from '../undecidable.ts'
import { accept, expectMark, fail, isCommand, isMark, nested, peek, type Cursor } from './cursor.ts'
import type { ClosingBracket, Node, OpeningBracket } from './node.ts'
import { parseCases } from './parse-cases.ts'
import { parseList } from './parse-answer.ts'
import { parseSum } from './parse-expression.ts'

const CLOSERS: ReadonlyMap<string, string> = new Map([
  ['⌊', '⌋'],
  ['⌈', '⌉'],
  ['|', '|'],
  ['‖', '‖'],
])
const MATRICES = new Set([
  'matrix',
  'pmatrix',
  'bmatrix',
  'Bmatrix',
  'smallmatrix',
  'array',
  'vmatrix',
  'Vmatrix',
])

/** LaTeX's grouping braces: nothing but what they hold, or `{n \choose k}` and `{a \over b}`. */
export function parseBraces(cursor: Cursor): Node {
  return nested(cursor, () => {
    expectMark(cursor, '{')
    if (accept(cursor, '}')) return { type: 'list', of: [], alternatives: false }
    // \frac{\text{…}}: prime marks alone are a name's suffix
    if (isMark(peek(cursor), "'")) return parsePrimes(cursor)
    const kept = { bars: cursor.bars, builder: cursor.builder }
    Object.assign(cursor, { bars: 0, builder: false })
    const inside = parseList(cursor)
    Object.assign(cursor, kept)
    if (accept(cursor, '}')) return inside
    const command = peek(cursor)
    if (!isCommand(command, 'choose', 'over')) return fail(cursor, 'a "}"')
    cursor.position++
    const below = parseSum(cursor)
    expectMark(cursor, '}')
    return command?.text === 'over'
      ? { type: 'quotient', over: inside, under: below }
      : { type: 'call', name: 'binomial', of: [inside, below] }
  })
}

function parsePrimes(cursor: Cursor): Node {
  let name = ''
  while (accept(cursor, "'")) name += "'"
  expectMark(cursor, '}')
  return { type: 'symbol', name }
}

/** (…), […], \{…\} and ⟨…⟩; one item in parentheses is the item itself. */
export function parseBracketed(cursor: Cursor): Node {
  return nested(cursor, () => {
    // ]a, b[ excludes its ends
    const written = expectMark(cursor, '(', '[', '\\{', '⟨', ']').text
    const open = written === ']' ? '(' : written
    const kept = { bars: cursor.bars, builder: cursor.builder }
    Object.assign(cursor, { bars: 0, builder: open === '\\{' })
    const close = accept(cursor, ')', ']', '\\}', '⟩')
    if (close) {
      Object.assign(cursor, kept)
      if (open === '\\{' && close.text === '\\}') return { type: 'emptySet' }
      return fail(cursor, 'something in brackets')
    }
    let inside = parseList(cursor)
    if (open === '\\{' && accept(cursor, ':', '|', 'mid')) {
      cursor.builder = false
      inside = { type: 'builder', subject: inside, condition: parseList(cursor) }
    }
    Object.assign(cursor, kept)
    const closing = expectMark(
      cursor,
      ...(open === '\\{' ? ['\\}'] : open === '⟨' ? ['⟩'] : [')', ']', '[']),
    ).text
    if ((closing === '[' && written === '(') || (closing === ')' && written === ']'))
      return fail(cursor, 'a matching bracket')
    const end = closing === '[' ? ')' : closing
    if (inside.type === 'builder') return inside
    const items = inside.type === 'list' ? inside.of : [inside]
    if (items.length === 1 && open !== '\\{' && open !== '⟨') {
      if ((open === '(') !== (end === ')')) return fail(cursor, 'a matching bracket')
      return items[0]
    }
    // (x > 1 ∧ x < 2): conditions, no tuple
    if (
      inside.type === 'list' &&
      items.length > 1 &&
      open === '(' &&
      end === ')' &&
      items.every(isInequality)
    )
      return inside
    return {
      type: 'group',
      open: (open === '\\{' ? '{' : open) as OpeningBracket,
      close: (end === '\\}' ? '}' : end) as ClosingBracket,
      of: items,
    }
  })
}

function isInequality(node: Node): boolean {
  return (
    node.type === 'relation' &&
    node.signs.every((sign) => ['<', '<=', '>', '>=', '!='].includes(sign))
  )
}

/** |x|, ‖x‖, ⌊x⌋ and ⌈x⌉. */
export function parseAbsolute(cursor: Cursor): Node {
  return nested(cursor, () => {
    const open = expectMark(cursor, '|', '‖', '⌊', '⌈').text
    const kept = { bars: cursor.bars, builder: cursor.builder }
    Object.assign(cursor, { bars: open === '|' ? 1 : 0, builder: false })
    const of = parseSum(cursor)
    Object.assign(cursor, kept)
    expectMark(cursor, CLOSERS.get(open) as string)
    return { type: 'call', name: open === '⌊' ? 'floor' : open === '⌈' ? 'ceil' : 'abs', of: [of] }
  })
}

/** A matrix environment; a determinant for vmatrix. */
export function parseMatrix(cursor: Cursor): Node {
  return nested(cursor, () => {
    const begin = cursor.tokens[cursor.position++].text
    if (begin.endsWith('cases')) return parseCases(cursor)
    if (!MATRICES.has(begin)) throw new Undecidable(`environment ${begin} is not supported`)
    const rows: Node[][] = [[]]
    while (peek(cursor)?.kind !== 'end') {
      const row = rows[rows.length - 1]
      // an escape too many doubles the sign of a new row
      if (accept(cursor, '\\\\')) rows.push(...(row.length > 0 ? [[]] : []))
      else if (isCommand(peek(cursor), 'hline')) cursor.position++
      else {
        if (row.length > 0) expectMark(cursor, '&')
        row.push(parseSum(cursor))
      }
    }
    cursor.position++
    if (rows[rows.length - 1].length === 0) rows.pop()
    if (rows.length === 0 || rows.some((row) => row.length !== rows[0].length || row.length === 0))
      return fail(cursor, 'rows of one length')
    const matrix: Node = { type: 'matrix', rows }
    return begin === 'vmatrix' ? { type: 'call', name: 'det', of: [matrix] } : matrix
  })
}
