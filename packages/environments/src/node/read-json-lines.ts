import { IcrlError } from '@icrl/core'
import { readLines } from './read-lines.ts'

/** A value and its place, for errors: "file, line 3". */
export interface JsonLine {
  /** What the line holds. */
  readonly value: unknown
  /** File and line, for messages. */
  readonly where: string
  /** The line as it stands: numbers as they are written. */
  readonly source: string
  /** From 1. */
  readonly number: number
}

/**
 * Values of a file with one JSON value per line (`.jsonl`, `.jsonl.gz`); empty lines are skipped.
 *
 * @throws IcrlError as `readLines`, and `corrupt-file` naming the line that is not JSON, or that has
 * an integer which JavaScript cannot hold
 * @example
 * for await (const { value, where } of readJsonLines('questions.jsonl')) console.log(where, value)
 */
export async function* readJsonLines(path: string): AsyncGenerator<JsonLine, void, void> {
  let number = 0
  for await (const source of readLines(path)) {
    number++
    if (source.trim() === '') continue
    const where = `${path}, line ${number}`
    yield { value: parsed(source, where), where, source, number }
  }
}

/** What `JSON.parse` found wrong, without the position that `where` says better. */
export function whyNotJson(cause: unknown): string {
  const said = cause instanceof Error ? cause.message : String(cause)
  const [, what, column] = /^(.*?)(?: in JSON)?(?: at position (\d+).*)?$/s.exec(said)!
  return column === undefined ? what : `${what}, at character ${Number(column) + 1}`
}

function parsed(line: string, where: string): unknown {
  let value: unknown
  try {
    value = JSON.parse(line)
  } catch (cause) {
    throw new IcrlError(`${where}: not JSON: ${whyNotJson(cause)}.`, {
      code: 'corrupt-file',
      remedy: 'Fix or remove the line.',
      cause,
    })
  }
  const lost = lostNumber(line)
  if (lost !== undefined)
    throw new IcrlError(`${where}: the number ${lost} cannot be kept.`, {
      code: 'corrupt-file',
      remedy: 'Write it as text, in quotes.',
    })
  return value
}

/** Numbers, and what tells whether they stand inside text. Short tokens: a text can be long. */
const TOKENS = /\\.|"|-?\d[\d.eE+-]*/g
/** No integer of fewer digits is lost, and no number without an exponent is infinite. */
const LONG = /\d{16}|\d[eE]/

/** The first number that `JSON.parse` makes another integer of, or infinite. */
function lostNumber(line: string): string | undefined {
  if (!LONG.test(line)) return undefined
  let isText = false
  for (const [token] of line.matchAll(TOKENS))
    if (token === '"') isText = !isText
    else if (!isText && LONG.test(token) && isLost(token)) return token
  return undefined
}

function isLost(token: string): boolean {
  const value = Number(token)
  if (!Number.isFinite(value)) return true
  return /^-?\d+$/.test(token) && BigInt(token) !== BigInt(value)
}
