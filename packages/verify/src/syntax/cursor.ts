import { Undecidable } from '../undecidable.ts'
import type { Token } from './token.ts'

/** Deeper nesting is not parsed. */
const DEEPEST = 400

/** Where the parser stands. */
export interface Cursor {
  /** Words taken apart into letters are replaced in place. */
  readonly tokens: Token[]
  position: number
  depth: number
  /** Bars that would close an absolute value now open. */
  bars: number
  /** Inside `{x : …}` before its colon or bar. */
  builder: boolean
}

export function cursorOver(tokens: readonly Token[]): Cursor {
  return { tokens: [...tokens], position: 0, depth: 0, bars: 0, builder: false }
}

export function peek(cursor: Cursor, ahead = 0): Token | undefined {
  return cursor.tokens[cursor.position + ahead]
}

export function isMark(token: Token | undefined, ...marks: readonly string[]): boolean {
  return token !== undefined && token.kind === 'mark' && marks.includes(token.text)
}

export function isCommand(token: Token | undefined, ...names: readonly string[]): boolean {
  return token !== undefined && token.kind === 'command' && names.includes(token.text)
}

/** Steps over the next token if it is one of these marks. */
export function accept(cursor: Cursor, ...marks: readonly string[]): Token | undefined {
  const token = peek(cursor)
  if (!isMark(token, ...marks)) return undefined
  cursor.position++
  return token
}

export function expectMark(cursor: Cursor, ...marks: readonly string[]): Token {
  return accept(cursor, ...marks) ?? fail(cursor, `a "${marks[0]}"`)
}

export function fail(cursor: Cursor, wanted: string): never {
  throw new Undecidable(`expected ${wanted}, found ${peek(cursor)?.text ?? 'the end'}`)
}

/** Runs a rule one level deeper. */
export function nested<T>(cursor: Cursor, rule: (cursor: Cursor) => T): T {
  if (++cursor.depth > DEEPEST) throw new Undecidable('nested too deeply')
  const result = rule(cursor)
  cursor.depth--
  return result
}
