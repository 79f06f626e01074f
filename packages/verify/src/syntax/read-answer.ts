import { plainWords } from '../text/plain-words.ts'
import type { Node } from './node.ts'
import { parseAnswer } from './parse-answer.ts'
import { namedAnswer } from './named-answers.ts'
import { isNumberWord, numberWords } from './number-words.ts'

/** Whether words name a number or a set, alone or beside others. */
export function hasNumberMeaning(words: string): boolean {
  return namedAnswer(words) !== undefined || words.split(/[\s-]+/).some(isNumberWord)
}

/**
 * Answers come in groups that share a gold answer, and a model repeats itself: the last trees are
 * kept.
 */
const MOST_KEPT = 5000
const LONGEST_KEPT = 200
const kept = new Map<string, Node>()

/** The tree of an answer, words such as `twelve` and `negative infinity` included. */
export function readAnswer(answer: string): Node {
  const known = kept.get(answer)
  if (known) return known
  const node = read(answer)
  if (answer.length <= LONGEST_KEPT) {
    if (kept.size >= MOST_KEPT) kept.clear()
    kept.set(answer, node)
  }
  return node
}

/** `4210 \text{ (base 5)}`, `4210 in base five`. */
const IN_BASE =
  /^(\d+)(?:\\[ ,;]|[\s~])*(?:\\text\s*\{\s*)?\(?\s*(?:in )?base[\s~-]*\}?\s*(\d{1,2}|[a-z]+)\s*\)?\s*\}?\.?$/
/** `\text{1A}_{16}` */
const NUMERAL_AS_TEXT = /\\(?:text|mathrm|mbox)\s*\{\s*([0-9A-F]+)\s*\}(?=\s*_)/g

function read(text: string): Node {
  const answer = text.replace(NUMERAL_AS_TEXT, '$1').replace(IN_BASE, '$1_{$2}')
  const words = plainWords(answer)?.words
  const number = words === undefined ? undefined : numberWords(words)
  if (number !== undefined) return { type: 'number', value: number }
  return (words === undefined ? undefined : namedAnswer(words)) ?? parseAnswer(answer)
}
