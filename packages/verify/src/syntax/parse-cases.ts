import { cursorOver, fail, isMark, peek, type Cursor } from './cursor.ts'
import type { Node } from './node.ts'
import { parseList } from './parse-answer.ts'
import { readCondition } from './read-condition.ts'
import type { Token } from './token.ts'
import { CLAUSES } from './words.ts'

const MOST_ROWS = 50

/**
 * The rows of a `cases` environment up to its end: values with conditions, or, where no row has a
 * condition, a system of equations as their list.
 */
export function parseCases(cursor: Cursor): Node {
  const rows = readRows(cursor)
  if (rows.length === 0 || rows.length > MOST_ROWS) return fail(cursor, 'rows')
  const values = rows.map(({ value }) => parseAll(value))
  if (rows.every(({ condition }) => condition === undefined))
    return values.length === 1 ? values[0] : { type: 'list', of: values, alternatives: false }
  return {
    type: 'piecewise',
    values,
    conditions: rows.map(({ condition }) =>
      condition ? readCondition(condition, parseAll) : { type: 'words', text: '' },
    ),
    openers: rows.map(({ condition }) => (condition ? 'if' : '')),
  }
}

interface Row {
  readonly value: readonly Token[]
  readonly condition: readonly Token[] | undefined
}

function readRows(cursor: Cursor): Row[] {
  const rows: Token[][] = [[]]
  let depth = 0
  for (; depth > 0 || peek(cursor)?.kind !== 'end'; cursor.position++) {
    const token = peek(cursor)
    if (!token) return fail(cursor, 'the end of the cases')
    if (token.kind === 'begin') depth++
    if (token.kind === 'end') depth--
    if (depth === 0 && isMark(token, '\\\\')) rows.push([])
    else rows[rows.length - 1].push(token)
  }
  cursor.position++
  return rows.filter((row) => row.length > 0).map(readRow)
}

/** `x, & \text{if } x > 0` and `x & x > 0`; without the sign, at the word that opens the condition. */
function readRow(row: readonly Token[]): Row {
  const isOpener = ({ kind, text }: Token): boolean =>
    kind === 'word' && (CLAUSES.has(text.toLowerCase()) || /^(?:otherwise|else)$/i.test(text))
  const column = row.findIndex((token) => isMark(token, '&'))
  const opener = row.findIndex((token, i) => i > 0 && isOpener(token))
  // `x &= 1` aligns, and states no condition
  const aligns = column >= 0 && isMark(row[column + 1], '=', '<', '>', '<=', '>=')
  const space = row.findIndex(
    (token, i) =>
      i > 0 && isMark(token, 'quad') && states(row.slice(i)) && !states(row.slice(0, i)),
  )
  const at = column >= 0 && !aligns ? column : opener >= 0 ? opener : space
  const isFree = (token: Token): boolean => !isMark(token, '&', 'quad')
  if (at < 0) return { value: withoutComma(row.filter(isFree)), condition: undefined }
  const behind = row.slice(at).filter(isFree)
  const condition =
    behind[0] && CLAUSES.has(behind[0].text.toLowerCase()) ? behind.slice(1) : behind
  return {
    value: withoutComma(row.slice(0, at).filter(isFree)),
    condition: withoutComma(condition),
  }
}

/** Whether tokens relate something. */
function states(tokens: readonly Token[]): boolean {
  return tokens.some((token) => isMark(token, '=', '!=', '<', '<=', '>', '>=', '∈'))
}

function withoutComma(tokens: readonly Token[]): readonly Token[] {
  let end = tokens.length
  while (end > 0 && isMark(tokens[end - 1], ',', ';', '.', 'quad')) end--
  return tokens.slice(0, end)
}

function parseAll(tokens: readonly Token[]): Node {
  const cursor = cursorOver(tokens)
  const node = parseList(cursor)
  return cursor.position < cursor.tokens.length ? fail(cursor, 'the end') : node
}
