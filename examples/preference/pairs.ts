import type { QuestionTask, Renderer } from '@icrl/core'
import type { PreferencePair } from '@icrl/recipes'
import { readTasks } from 'icrl'

/** A question with two answers, the first of them preferred. */
export interface PairTask extends QuestionTask {
  /** The answer that is not. */
  readonly other: string
}

/** Lines of `{"question": …, "preferred": …, "other": …}`. */
export const readPairs = (file: string): Promise<PairTask[]> =>
  readTasks(file, ({ question, preferred, other }, line) => ({
    id: `pair-${line}`,
    question: String(question),
    answer: String(preferred),
    other: String(other),
  }))

/** Questions alone, to be attempted. */
export const readQuestions = (file: string): Promise<PairTask[]> =>
  readTasks(file, ({ question, answer }, line) => ({
    id: `held-out-${line}`,
    question: String(question),
    answer: String(answer),
    other: '',
  }))

/** The pair as ids of the model's own tokens. */
export function pairOf({ question, answer, other }: PairTask, renderer: Renderer): PreferencePair {
  if (!renderer.answer) throw new Error('this renderer cannot write an answer as ids')
  return {
    prompt: renderer.start([{ role: 'user', content: question }]),
    preferred: renderer.answer(answer),
    other: renderer.answer(other),
  }
}
