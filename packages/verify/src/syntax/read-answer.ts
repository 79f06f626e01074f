import { plainWords } from '../text/plain-words.ts'
import type { Node } from './node.ts'
import { parseAnswer } from './parse-answer.ts'
import { numberWords } from './number-words.ts'

const NAMED: ReadonlyMap<string, Node> = new Map<string, Node>([
  ['infinity', { type: 'infinity' }], ['positive infinity', { type: 'infinity' }], ['inf', { type: 'infinity' }],
  ['negative infinity', { type: 'negative', of: { type: 'infinity' } }], ['minus infinity', { type: 'negative', of: { type: 'infinity' } }],
  ['empty set', { type: 'emptySet' }], ['the empty set', { type: 'emptySet' }], ['null set', { type: 'emptySet' }],
])

/** Whether words name a number or a set. */
export function hasNumberMeaning(words: string): boolean {
  return NAMED.has(words) || numberWords(words) !== undefined
}

/** The tree of an answer, words such as `twelve` and `negative infinity` included. */
export function readAnswer(answer: string): Node {
  const words = plainWords(answer)?.words
  const number = words === undefined ? undefined : numberWords(words)
  if (number !== undefined) return { type: 'number', value: number }
  return (words === undefined ? undefined : NAMED.get(words)) ?? parseAnswer(answer)
}
