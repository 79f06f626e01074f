import type { AttemptProtocol, QuestionTask, RoleBinding } from '@icrl/core'
import { singleTurn } from '../src/index.ts'
import type { WordRenderer } from './word-renderer.ts'

export const tasks = (count: number): QuestionTask[] =>
  Array.from({ length: count }, (_, i) => ({
    id: `q${i}`,
    question: `what is ${i} plus one`,
    answer: String(i + 1),
  }))

/** Single-turn attempts, right where the last word is the answer. */
export const arithmetic = (): AttemptProtocol<QuestionTask> =>
  singleTurn({
    prompt: (task, guidance) => [
      {
        role: 'user',
        content: guidance === undefined ? task.question : `${task.question} advice ${guidance}`,
      },
    ],
    verifier: ({ text, task }) => ({
      reward: text.split(' ').at(-1) === task.answer ? 1 : 0,
      valid: text !== '',
    }),
  })

export const bindings = (
  renderer: WordRenderer,
  maxTokens = 16,
): Record<'solver' | 'critic', RoleBinding> => ({
  solver: { renderer, sampling: { maxTokens, temperature: 1 }, policy: 'shared' },
  critic: { renderer, sampling: { maxTokens, temperature: 1 }, policy: 'shared' },
})
