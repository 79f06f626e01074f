import { dpo } from '@icrl/recipes'
import { singleTurn } from '@icrl/rollout'
import { defineRun, type RunConfig } from 'icrl'
import { type PairTask, pairOf, readPairs, readQuestions } from './pairs.ts'

/** How held-out questions are attempted: the model learns from pairs and is measured by answers. */
const attempt = singleTurn<PairTask>({
  prompt: ({ question }) => [{ role: 'user', content: question }],
  verifier: ({ text, task }) => ({ reward: Number(text === task.answer), valid: text !== '' }),
})

const run: RunConfig<PairTask> = defineRun({
  model: '../quickstart/model',
  recipe: ({ renderer }) =>
    dpo({ pairs: (task) => [pairOf(task, renderer)], attempt, likelihood: 1, tasksPerStep: 16 }),
  roles: { solver: { sampling: { maxTokens: 6, temperature: 1 } } },
  tasks: () => readPairs(`${import.meta.dirname}/pairs.jsonl`),
  evaluation: {
    tasks: () => readQuestions(`${import.meta.dirname}/../your-own-task/held-out.jsonl`),
    every: 15,
    repeats: 4,
  },
  stop: { steps: 60 },
  optimizer: { learningRate: 3e-4 },
})

export default run
