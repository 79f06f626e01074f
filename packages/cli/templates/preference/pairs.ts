import type { QuestionTask, Renderer } from '@icrl/core'
import type { PreferencePair } from '@icrl/recipes'
import { readTasks } from 'icrl'

/** A question with two answers, one of them preferred. */
export interface PairTask extends QuestionTask {
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

/** The pair as ids of the model's own tokens. */
export function pairOf({ question, answer, other }: PairTask, renderer: Renderer): PreferencePair {
  if (!renderer.answer) throw new Error('this renderer cannot write an answer as ids')
  return {
    prompt: renderer.start([{ role: 'user', content: question }]),
    preferred: renderer.answer(answer),
    other: renderer.answer(other),
  }
}
