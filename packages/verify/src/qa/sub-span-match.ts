import { comparableAnswer } from './comparable-answer.ts'
import { extractShortAnswer } from './extract-short-answer.ts'
import { listGolds, type Golds } from './golds.ts'
import { normalizeAnswer } from './normalize-answer.ts'

/**
 * Whether one of the golds occurs in the short answer, both in SQuAD's normal form (`subem_check`
 * of Search-R1): letters, not words, so `us` occurs in `russia`. A gold of one letter or digit must be
 * a word (`B` does not occur in `because`), and one with nothing left in normal form (`A`, `the`) only
 * matches an answer that equals it; the reference lets that one match everything.
 *
 * @param prediction a whole response or a bare answer (see `extractShortAnswer`)
 * @throws `invalid-option` where `golds` is an empty list
 * @example
 * subSpanMatch('It was Marie Curie, in 1903', 'Marie Curie') // true
 */
export function subSpanMatch(prediction: string, golds: Golds): boolean {
  const accepted = listGolds(golds, 'subSpanMatch')
  const answer = extractShortAnswer(prediction)
  if (answer === undefined) return false
  const normalized = normalizeAnswer(answer)
  return accepted.some((gold) => {
    const span = normalizeAnswer(gold)
    if (span === '') return comparableAnswer(gold) === comparableAnswer(answer)
    if (/^[a-z0-9]$/.test(span)) return normalized.split(' ').includes(span)
    return normalized.includes(span)
  })
}
