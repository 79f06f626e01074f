import type { Draw } from './draw.ts'

/**
 * One way to write a value: LaTeX, which needs a formula around it in prose; plain notation, which
 * stands in prose as in a formula; or words, which are set as text in a formula.
 */
export interface Spelling {
  readonly form: 'tex' | 'plain' | 'words'
  readonly text: string
}

/** A drawn answer: how the gold answer is written, ways to write the same, ways to write another. */
export interface Answer {
  readonly gold: string
  readonly right: readonly Spelling[]
  readonly wrong: readonly Spelling[]
}

/** A kind of answer. */
export interface AnswerKind {
  readonly name: string
  /** One number, with or without a unit: may be followed by "for 7 days" where it is announced. */
  readonly isNumber: boolean
  readonly draw: (draw: Draw) => Answer
}

export const tex = (text: string): Spelling => ({ form: 'tex', text })
export const plain = (text: string): Spelling => ({ form: 'plain', text })
export const words = (text: string): Spelling => ({ form: 'words', text })

/** The spelling inside a box or a formula. */
export function inFormula({ form, text }: Spelling): string {
  return form === 'words' ? `\\text{${text}}` : text.replace(/(?<!\\)[%$]/g, '\\$&')
}

/** The spelling in a sentence. */
export function inProse({ form, text }: Spelling): string {
  return form === 'tex' ? `$${text}$` : text
}
