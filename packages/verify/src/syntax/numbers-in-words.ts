import { isMark } from './cursor.ts'
import { isNumberWord, numberWords } from './number-words.ts'
import type { Token } from './token.ts'

const MOST_WORDS = 20
/** Behind these a comma may stand inside a number: `one thousand, two hundred`. */
const BEFORE_COMMA = new Set(['thousand', 'million', 'billion', 'trillion'])

/** The tokens with every number that is named in words, `two and a half`, as a number. */
export function numbersInWords(tokens: readonly Token[]): readonly Token[] {
  if (!tokens.some(({ kind, text }) => kind === 'word' && hasNumberWord(text))) return tokens
  const result: Token[] = []
  for (let i = 0; i < tokens.length;) {
    const found = numberAt(tokens, i)
    result.push(found?.token ?? tokens[i])
    i = found?.end ?? i + 1
  }
  return result
}

/** `twenty`, `twenty-one` */
function hasNumberWord(word: string): boolean {
  return word.toLowerCase().split('-').some(isNumberWord)
}

/** The longest number in words that starts at a token. */
function numberAt(
  tokens: readonly Token[],
  start: number,
): { token: Token; end: number } | undefined {
  let end = start
  while (end < tokens.length && end - start < MOST_WORDS && continues(tokens, start, end)) end++
  for (; end > start; end--) {
    const words = tokens.slice(start, end).map(({ text }) => text.toLowerCase())
    if (!words.some(hasNumberWord)) return undefined
    const value = isMark(tokens[end - 1], ',', '-')
      ? undefined
      : numberWords(words.join(' ').replaceAll(' ,', ','))
    if (value)
      return {
        token: {
          kind: 'number',
          text: String(value.n),
          gap: tokens[start].gap,
          number: { value, digits: String(value.n) },
        },
        end,
      }
  }
  return undefined
}

function continues(tokens: readonly Token[], start: number, at: number): boolean {
  const { kind, text } = tokens[at]
  const before = tokens[at - 1]?.text.toLowerCase() ?? ''
  if (text === 'a') return at === start || ['and', 'half'].includes(before)
  if (kind === 'word')
    return text
      .toLowerCase()
      .split('-')
      .every((word) => isNumberWord(word) || (at > start && word === 'and'))
  // "2 and a half", where "2 thirds" has a unit of its own kind
  if (kind === 'number') return at === start && /^\d+$/.test(text) && tokens[at + 1]?.text === 'and'
  if (at === start) return false
  return (
    (isMark(tokens[at], '-') && isNumberWord(before)) ||
    (isMark(tokens[at], ',') && BEFORE_COMMA.has(before))
  )
}
