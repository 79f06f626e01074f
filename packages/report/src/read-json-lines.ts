import { createReadStream } from 'node:fs'
import { IcrlError } from '@icrl/core'

/** Options of {@link readJsonLines}. */
export interface ReadJsonLinesOptions<Value> {
  /** Parses a line; what it throws is reported with file and line. @defaultValue `JSON.parse` */
  readonly parse?: (line: string) => Value
  /**
   * Called for a torn last line, which is then skipped.
   *
   * @defaultValue such a line is an error like any other
   */
  readonly onTorn?: (torn: TornLine) => void
}

/** A last line that was cut off when its process died. */
export interface TornLine {
  /** The file that ends in the middle of a line. */
  readonly file: string
  /** 1-based. */
  readonly line: number
  /** Bytes of it that were written. */
  readonly bytes: number
}

/**
 * The values of a JSON-lines file, one at a time, in constant memory. Lines end only at the byte
 * 0x0A: U+2028 inside a string, where Node's readline would cut, is a character. A last line that
 * has no newline and does not parse is torn: its writer died there. Anything else that does not
 * parse is damage.
 *
 * @throws `missing-file`; `corrupt-file` naming file and line; `unavailable` if the file cannot be
 * read.
 * @example
 * for await (const line of readJsonLines<{ step: number }>('runs/first/metrics.jsonl'))
 *   console.log(line.step)
 */
export async function* readJsonLines<Value = unknown>(
  file: string,
  { parse = JSON.parse as (line: string) => Value, onTorn }: ReadJsonLinesOptions<Value> = {},
): AsyncGenerator<Value, void, undefined> {
  let number = 0
  for await (const { bytes, isWhole } of linesOf(file)) {
    number++
    let value: Value
    try {
      value = parse(UTF8.decode(bytes))
    } catch (cause) {
      if (isWhole || !onTorn) throw corrupt(file, number, cause)
      onTorn({ file, line: number, bytes: bytes.length })
      return
    }
    yield value
  }
}

const UTF8 = new TextDecoder('utf-8', { fatal: true })
const NEWLINE = 0x0a

/** `isWhole`: the line has its newline. An empty last line does not count. */
async function* linesOf(
  file: string,
): AsyncGenerator<{ bytes: Buffer; isWhole: boolean }, void, undefined> {
  let rest: Buffer[] = []
  try {
    for await (const chunk of createReadStream(file) as AsyncIterable<Buffer>) {
      let from = 0
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        yield { bytes: Buffer.concat([...rest, chunk.subarray(from, at)]), isWhole: true }
        rest = []
        from = at + 1
      }
      if (from < chunk.length) rest.push(chunk.subarray(from))
    }
  } catch (cause) {
    throw unreadable(file, cause)
  }
  if (rest.length > 0) yield { bytes: Buffer.concat(rest), isWhole: false }
}

function unreadable(file: string, cause: unknown): unknown {
  const code = (cause as { code?: string }).code
  if (code === 'ENOENT')
    return new IcrlError(`${file} does not exist.`, {
      code: 'missing-file',
      remedy: 'Check the path of the run folder.',
      cause,
    })
  return typeof code === 'string'
    ? new IcrlError(`cannot read ${file}: ${(cause as Error).message}.`, {
        code: 'unavailable',
        remedy: 'Fix the file’s permissions or its disk.',
        cause,
      })
    : cause
}

function corrupt(file: string, line: number, cause: unknown): IcrlError {
  return new IcrlError(`${file}, line ${line}: ${(cause as Error).message.replace(/\.?$/, '.')}`, {
    code: 'corrupt-file',
    remedy: 'The file was damaged after it was written: restore it from a copy.',
    cause,
  })
}
