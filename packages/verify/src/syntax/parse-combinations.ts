import { isMark, peek, type Cursor } from './cursor.ts'
import type { Node } from './node.ts'
import { parseArgument } from './parse-command.ts'

/** `^{10}C_3`, `{}_{10}C_3`, `^{10}P_3`: the number of combinations, or of arrangements. */
export function parseCombinations(cursor: Cursor): Node | undefined {
  const empty = isMark(peek(cursor), '{') && isMark(peek(cursor, 1), '}') ? 2 : 0
  if (!isMark(peek(cursor, empty), '^', '_')) return undefined
  const start = cursor.position
  cursor.position += empty + 1
  const n = parseArgument(cursor, false)
  const letter = peek(cursor)?.text ?? ''
  if (!/^[CP]$/.test(letter) || !isMark(peek(cursor, 1), '_')) {
    cursor.position = start
    return undefined
  }
  cursor.position += 2
  const k = parseArgument(cursor, false)
  const combinations: Node = { type: 'call', name: 'binomial', of: [n, k] }
  return letter === 'C'
    ? combinations
    : { type: 'product', of: [combinations, { type: 'call', name: 'factorial', of: [k] }] }
}
