import type { QuestionTask } from '@icrl/core'
import { grpo } from '@icrl/recipes'
import { singleTurn } from '@icrl/rollout'
import { defineRun, readTasks, type RunConfig } from 'icrl'
import { judged } from './judge.ts'

const run: RunConfig<QuestionTask> = defineRun({
  model: '../quickstart/model',
  recipe: grpo({
    attempt: singleTurn<QuestionTask>({
      prompt: ({ question }) => [{ role: 'user', content: question }],
      verifier: judged,
    }),
    tasksPerStep: 8,
    sessionsPerTask: 8,
  }),
  roles: { solver: { sampling: { maxTokens: 6, temperature: 1 } } },
  tasks: () => readTasks(`${import.meta.dirname}/../your-own-task/train.jsonl`),
  evaluation: {
    tasks: () => readTasks(`${import.meta.dirname}/../your-own-task/held-out.jsonl`),
    every: 10,
  },
  stop: { steps: 60 },
  optimizer: { learningRate: 1e-3 },
})

export default run
