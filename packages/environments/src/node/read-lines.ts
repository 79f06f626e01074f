import { createReadStream, existsSync } from 'node:fs'
import { createGunzip } from 'node:zlib'
import { pipeline } from 'node:stream'
import { IcrlError, isIcrlError } from '@icrl/core'

const longest = 64 * 1024 * 1024

/**
 * Lines of a text file (UTF-8), one at a time; a name that ends in `.gz` is unpacked.
 *
 * @throws IcrlError `missing-file`, or `corrupt-file` for broken compression or a line of more than
 * 67 million characters
 * @example
 * for await (const line of readLines('questions.jsonl')) console.log(line.length)
 */
export async function* readLines(path: string): AsyncGenerator<string, void, void> {
  if (!existsSync(path))
    throw new IcrlError(`${path}: no such file.`, {
      code: 'missing-file',
      remedy: 'Check the path.',
    })
  const file = createReadStream(path)
  // Errors reach the loop below through the unpacked stream; the callback keeps them from being
  // thrown twice.
  const bytes = path.endsWith('.gz') ? pipeline(file, createGunzip(), () => {}) : file
  bytes.setEncoding('utf8')
  let rest = ''
  try {
    for await (const chunk of bytes) {
      const lines = (rest + chunk).split('\n')
      rest = lines.pop()!
      if (rest.length > longest)
        throw new IcrlError(`${path}: a line of more than ${longest} characters.`, {
          code: 'corrupt-file',
          remedy: 'Give one JSON object per line.',
        })
      for (const line of lines) yield line.endsWith('\r') ? line.slice(0, -1) : line
    }
  } catch (cause) {
    if (isIcrlError(cause)) throw cause
    throw new IcrlError(`${path}: ${cause instanceof Error ? cause.message : String(cause)}.`, {
      code: 'corrupt-file',
      remedy: 'Check that the file is whole.',
      cause,
    })
  }
  if (rest !== '') yield rest
}
