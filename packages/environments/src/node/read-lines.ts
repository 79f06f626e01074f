import { createReadStream } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { pipeline } from 'node:stream'
import { IcrlError, isIcrlError } from '@icrl/core'
import { decodeText } from './decode-text.ts'

const LONGEST = 256 * 1024 * 1024
const NEWLINE = 0x0a

/**
 * Lines of a text file (UTF-8), one at a time; a name that ends in `.gz` is unpacked. Lines end with
 * `\n` or `\r\n` alone: U+2028 is a character. A byte order mark at the start is left out.
 *
 * @throws IcrlError `missing-file`, or `corrupt-file` for broken compression, a line that is not
 * UTF-8, or one of more than 268 million bytes, naming the line
 * @example
 * for await (const line of readLines('questions.jsonl')) console.log(line.length)
 */
export async function* readLines(path: string): AsyncGenerator<string, void, void> {
  const file = createReadStream(path)
  // Errors reach the loop below through the unpacked stream; the callback keeps them from being
  // thrown twice.
  const chunks = path.endsWith('.gz') ? pipeline(file, createGunzip(), () => {}) : file
  let number = 0
  /** Pieces of the line that has begun. Joined once, at its end, so that time is linear. */
  let begun: Buffer[] = []
  let length = 0
  const finished = (piece: Buffer): string => {
    number++
    const bytes = Buffer.concat([...begun, piece])
    begun = []
    length = 0
    const line = decodeText(bytes, `${path}, line ${number}`, number === 1)
    return line.endsWith('\r') ? line.slice(0, -1) : line
  }
  try {
    for await (const chunk of chunks as AsyncIterable<Buffer>) {
      let from = 0
      for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
        yield finished(chunk.subarray(from, at))
        from = at + 1
      }
      begun.push(chunk.subarray(from))
      length += chunk.length - from
      if (length > LONGEST)
        throw new IcrlError(`${path}, line ${number + 1}: more than ${LONGEST} bytes.`, {
          code: 'corrupt-file',
          remedy: 'Give one JSON object per line.',
        })
    }
  } catch (cause) {
    throw isIcrlError(cause) ? cause : unreadable(path, cause as NodeJS.ErrnoException)
  }
  if (length > 0) yield finished(Buffer.alloc(0))
}

function unreadable(path: string, cause: NodeJS.ErrnoException): IcrlError {
  if (cause.code === 'ENOENT')
    return new IcrlError(`${path}: no such file.`, {
      code: 'missing-file',
      remedy: 'Check the path.',
      cause,
    })
  if (cause.code === 'EISDIR')
    return new IcrlError(`${path} is a folder, not a file.`, {
      code: 'missing-file',
      remedy: 'Name a file in it.',
      cause,
    })
  if (cause.syscall !== undefined)
    return new IcrlError(`${path} cannot be read: ${cause.message}.`, {
      code: 'missing-file',
      remedy: 'Give a file, and check its permissions.',
      cause,
    })
  return new IcrlError(`${path}: ${cause.message}.`, {
    code: 'corrupt-file',
    remedy: 'Check that the file is whole.',
    cause,
  })
}
