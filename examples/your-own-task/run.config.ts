import type { QuestionTask } from '@icrl/core'
import { icrl } from '@icrl/recipes'
import { singleTurn } from '@icrl/rollout'
import { defineRun, readTasks, type RunConfig } from 'icrl'

/**
 * My reward, 0 to 1: the share of the answer's words that are right, each in its place. 1 is
 * success.
 */
const reward = (said: string[], right: string[]): number =>
  right.filter((word, i) => word === said[i]).length / right.length

const attempt = singleTurn<QuestionTask>({
  prompt: ({ question }, tips) => [
    { role: 'user', content: tips ? `${question} tips ${tips}` : question },
  ],
  verifier: ({ text, task }) => ({
    reward: reward(text.split(' '), task.answer.split(' ')),
    valid: text !== '',
  }),
})

/**
 * The tiny model knows 45 words. For one that reads English leave `criticPrompt` and
 * `parseCritique` out: the defaults ask in English.
 */
const run: RunConfig<QuestionTask> = defineRun({
  model: '../quickstart/model',
  recipe: icrl({
    attempt,
    criticPrompt: ({ question }, { turns }) => [
      { role: 'user', content: `review ${question} wrote ${turns[0].text}` },
    ],
    parseCritique: (text) => ({ critique: text, valid: text !== '' }),
  }),
  roles: {
    solver: { sampling: { maxTokens: 6, temperature: 1 } },
    critic: { sampling: { maxTokens: 6, temperature: 1 } },
  },
  tasks: () => readTasks(`${import.meta.dirname}/train.jsonl`),
  evaluation: { tasks: () => readTasks(`${import.meta.dirname}/held-out.jsonl`), every: 10 },
  stop: { steps: 30 },
  optimizer: { learningRate: 3e-4 },
})

export default run
