import { comparableAnswer } from './comparable-answer.ts'
import { extractShortAnswer } from './extract-short-answer.ts'
import { listGolds, type Golds } from './golds.ts'

/**
 * Whether the short answer of a response equals one of the golds, both in SQuAD's normal form
 * (`em_check` of Search-R1). Where that form leaves nothing, articles and marks count: `A` equals
 * `(a)`, but not `the`; the reference lets all such answers equal each other.
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
  const given = comparableAnswer(answer)
  return accepted.some((gold) => comparableAnswer(gold) === given)
}
