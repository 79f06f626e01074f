import { IcrlError } from '@icrl/core'
import { readLines } from './read-lines.ts'

/** A value and its place, for errors: "file, line 3". */
export interface JsonLine {
  readonly value: unknown
  readonly where: string
}

/**
 * Values of a file with one JSON value per line (`.jsonl`, `.jsonl.gz`); empty lines are skipped.
 *
 * @throws IcrlError `missing-file`, or `corrupt-file` naming the line that is not JSON
 * @example
 * for await (const { value, where } of readJsonLines('questions.jsonl')) console.log(where, value)
 */
export async function* readJsonLines(path: string): AsyncGenerator<JsonLine, void, void> {
  let number = 0
  for await (const line of readLines(path)) {
    number++
    if (line.trim() === '') continue
    const where = `${path}, line ${number}`
    let value: unknown
    try {
      value = JSON.parse(line)
    } catch (cause) {
      throw new IcrlError(`${where}: not JSON.`, {
        code: 'corrupt-file',
        remedy: 'Fix or remove the line.',
        cause,
      })
    }
    yield { value, where }
  }
}
