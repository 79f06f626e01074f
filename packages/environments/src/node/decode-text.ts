import { IcrlError } from '@icrl/core'

const FILE = new TextDecoder('utf-8', { fatal: true })
const PART = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

/**
 * Bytes of a text file, or of a part of one, as text. At the start of a file, a byte order mark is
 * left out.
 *
 * @param where what to call them in errors
 * @throws IcrlError `corrupt-file` for what is not UTF-8, naming the first such byte: no character is
 * replaced
 * @example
 * decodeText(Uint8Array.of(0x63, 0x61, 0x66, 0xc3, 0xa9), 'menu.txt') // 'café'
 */
export function decodeText(bytes: Uint8Array, where: string, isStart = true): string {
  try {
    return (isStart ? FILE : PART).decode(bytes)
  } catch (cause) {
    throw new IcrlError(`${where}: not UTF-8 text: ${describe(bytes)}.`, {
      code: 'corrupt-file',
      remedy: 'Save the file as UTF-8.',
      cause,
    })
  }
}

function describe(bytes: Uint8Array): string {
  const mark = bytes.length < 2 ? 0 : bytes[0] * 256 + bytes[1]
  if (mark === 0xfffe || mark === 0xfeff) return 'its first bytes are those of UTF-16'
  const at = firstWrong(bytes)
  return `byte ${at + 1} is 0x${bytes[at].toString(16)}, as in Latin-1 or Windows-1252`
}

/** The start of the first sequence that is no character, which a lenient decoder replaces. */
function firstWrong(bytes: Uint8Array): number {
  const text = new TextDecoder('utf-8', { ignoreBOM: true }).decode(bytes)
  const encoder = new TextEncoder()
  const [first, ...rest] = text.split('\ufffd').map((part) => encoder.encode(part).length)
  let at = first
  for (const length of rest) {
    const isOwn = bytes[at] === 0xef && bytes[at + 1] === 0xbf && bytes[at + 2] === 0xbd
    if (!isOwn) return at
    at += 3 + length
  }
  return at
}
