import { type AttemptProtocol, randomStream, type QuestionTask } from '@icrl/core'
import { singleTurn } from '@icrl/rollout'
import { exactAnswer } from './dates.ts'

/** All sums of two numbers from 11 to 99, shuffled: each belongs to one split alone. */
const SUMS = randomStream(0, 'sums').permutation(0, 89 * 89)
const HELD_OUT = 1000

/** `25 + 13`, answered `25 + 13 = 38`: the first of a split. */
export function additionTasks(split: 'train' | 'held-out', count: number): QuestionTask[] {
  const from = split === 'held-out' ? 0 : HELD_OUT
  return Array.from(SUMS.subarray(from, from + count), (sum) => {
    const [a, b] = [11 + Math.floor(sum / 89), 11 + (sum % 89)]
    return { id: `${split}-${sum}`, question: `${a} + ${b}`, answer: `${a} + ${b} = ${a + b}` }
  })
}

/** One exchange shows the form. */
export const shownAdditions: AttemptProtocol<QuestionTask> = singleTurn<QuestionTask>({
  prompt: ({ question }) => [
    { role: 'system', content: 'Add the numbers.' },
    { role: 'user', content: '25 + 13' },
    { role: 'assistant', content: '25 + 13 = 38' },
    { role: 'user', content: question },
  ],
  verifier: exactAnswer,
})
