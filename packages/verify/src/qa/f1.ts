import { comparableAnswer } from './comparable-answer.ts'
import { extractShortAnswer } from './extract-short-answer.ts'
import { listGolds, type Golds } from './golds.ts'

/** Shares in [0, 1] of words that prediction and gold have in common. */
export interface WordOverlap {
  /** Of the prediction's words. */
  readonly precision: number
  /** Of the gold's words. */
  readonly recall: number
  /** Their harmonic mean. */
  readonly f1: number
}

const NONE: WordOverlap = { precision: 0, recall: 0, f1: 0 }
/** Answers that partial credit makes no sense for. */
const CLOSED = new Set(['yes', 'no', 'noanswer'])

/**
 * SQuAD's F1: with c the number of common words, counted with multiplicity, p = c/|prediction|, r =
 * c/|gold|,
 *
 *     F1 = 2pr / (p + r)
 *
 * in [0, 1], the best over the golds. `yes`, `no` and `noanswer` match themselves alone, as in
 * HotpotQA's script. An answer that normalizes to nothing (`A`, `+`) is compared with its articles
 * and marks.
 *
 * @param prediction a whole response or a bare answer (see `extractShortAnswer`)
 * @throws `invalid-option` where `golds` is an empty list
 * @example
 * f1('hello world', 'hello') // 2/3
 */
export function f1(prediction: string, golds: Golds): number {
  const accepted = listGolds(golds, 'f1')
  const answer = extractShortAnswer(prediction)
  return answer === undefined
    ? 0
    : Math.max(...accepted.map((gold) => overlapWords(answer, gold).f1))
}

/**
 * Precision, recall and F1 of one bare answer against one gold (see `f1`).
 *
 * @example
 * overlapWords('hello big world', 'hello world') // { precision: 2/3, recall: 1, f1: 0.8 }
 */
export function overlapWords(prediction: string, gold: string): WordOverlap {
  const [given, wanted] = [comparableAnswer(prediction), comparableAnswer(gold)]
  if (given !== wanted && (CLOSED.has(given) || CLOSED.has(wanted))) return NONE
  const [words, goldWords] = [given.split(' '), wanted.split(' ')].map((list) =>
    list.filter(Boolean),
  )
  const left = new Map<string, number>()
  for (const word of goldWords) left.set(word, (left.get(word) ?? 0) + 1)
  let common = 0
  for (const word of words) {
    const count = left.get(word) ?? 0
    if (count === 0) continue
    common++
    left.set(word, count - 1)
  }
  if (common === 0) return NONE
  const [precision, recall] = [common / words.length, common / goldWords.length]
  return { precision, recall, f1: (2 * precision * recall) / (precision + recall) }
}
