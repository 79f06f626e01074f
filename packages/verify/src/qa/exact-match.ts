import { extractShortAnswer } from './extract-short-answer.ts'
import { listGolds, type Golds } from './golds.ts'
import { normalizeAnswer } from './normalize-answer.ts'

/**
 * Whether the short answer of a response equals one of the golds, both in SQuAD's normal form
 * (`em_check` of Search-R1).
 *
 * @param prediction a whole response or a bare answer (see `extractShortAnswer`)
 * @throws `invalid-option` where `golds` is an empty list
 * @example
 * exactMatch('<answer>The Beatles</answer>', ['Beatles', 'The Fab Four']) // true
 */
export function exactMatch(prediction: string, golds: Golds): boolean {
  const accepted = listGolds(golds, 'exactMatch')
  const answer = extractShortAnswer(prediction)
  if (answer === undefined) return false
  const normalized = normalizeAnswer(answer)
  return accepted.some((gold) => normalizeAnswer(gold) === normalized)
}
