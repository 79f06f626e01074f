import { normalizeAnswer, SPACES, withoutMarks } from './normalize-answer.ts'

/**
 * What an answer is compared by: SQuAD's normal form, or where that leaves nothing (`A`, `the`,
 * `+`), the same with its articles, or with its marks too. An answer that has letters or marks is
 * therefore never like every other that normalizes to nothing.
 */
export function comparableAnswer(text: string): string {
  return normalizeAnswer(text) || spaced(withoutMarks(text)) || spaced(text.toLowerCase())
}

const spaced = (text: string): string => text.split(SPACES).filter(Boolean).join(' ')
