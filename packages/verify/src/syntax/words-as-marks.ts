import { isMark } from './cursor.ts'
import type { Token } from './token.ts'

const SIGNS: ReadonlyMap<string, string> = new Map([
  ['minus', '-'],
  ['negative', '-'],
  ['plus', '+'],
  ['positive', '+'],
])
const POWERS: ReadonlyMap<string, bigint> = new Map([
  ['squared', 2n],
  ['cubed', 3n],
])

/** The tokens with operators in words as marks: `minus 7`, `two times x`, `10 squared`. */
export function wordsAsMarks(tokens: readonly Token[]): readonly Token[] {
  const words = new Set(
    tokens.flatMap(({ kind, text }) => (kind === 'word' ? [text.toLowerCase()] : [])),
  )
  if (words.size === 0) return tokens
  const result: Token[] = []
  for (let i = 0; i < tokens.length; i++) {
    const token = tokens[i]
    const mark = token.kind === 'word' ? markOf(tokens, i, token.text.toLowerCase()) : undefined
    if (mark) i += mark.words - 1
    result.push(...(mark ? mark.tokens.map((text) => ({ ...text, gap: token.gap })) : [token]))
  }
  return result
}

interface Replacement {
  readonly tokens: readonly Omit<Token, 'gap'>[]
  readonly words: number
}

function markOf(tokens: readonly Token[], at: number, word: string): Replacement | undefined {
  const [before, after] = [tokens[at - 1], tokens[at + 1]]
  const sign = SIGNS.get(word)
  // "positive integers" and "negative" alone are words
  if (sign !== undefined && isValue(after)) return mark(sign, 1)
  if (word === 'times' && isValue(before) && isValue(after)) return mark('*', 1)
  if (word === 'over' && isValue(before) && isValue(after)) return mark('/', 1)
  if (word === 'multiplied' && after?.text === 'by') return mark('*', 2)
  if (word === 'divided' && after?.text === 'by') return mark('/', 2)
  if (word === 'per' && /^cent$/i.test(after?.text ?? '')) return mark('%', 2)
  const power = POWERS.get(word)
  if (power === undefined || !isValue(before, ')', '}')) return undefined
  return {
    tokens: [
      { kind: 'mark', text: '^' },
      {
        kind: 'number',
        text: String(power),
        number: { value: { n: power, d: 1n }, digits: String(power) },
      },
    ],
    words: 1,
  }
}

function mark(text: string, words: number): Replacement {
  return { tokens: [{ kind: 'mark', text }], words }
}

/** A token that a value begins with, or ends with `closing`. */
function isValue(token: Token | undefined, ...closing: readonly string[]): boolean {
  if (token === undefined) return false
  if (token.kind === 'mark')
    return closing.length > 0
      ? isMark(token, ...closing)
      : isMark(token, '(', ')', '{', '}', '\\$', '€', '£', '|')
  return token.kind !== 'word' && token.kind !== 'end'
}
