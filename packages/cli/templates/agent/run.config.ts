import type { QuestionTask } from '@icrl/core'
import { agentAttempt } from '@icrl/gateway'
import { grpo } from '@icrl/recipes'
import { defineRun, readTasks, type RunConfig } from 'icrl'
import { agent } from './agent.ts'

/** An attempt: the agent works on a task, and what it earned. */
const attempt = agentAttempt<QuestionTask>({
  // `fetch` reaches the model in process, without a port. A client that takes no `fetch` of its own
  // needs `http: true` beside `run`.
  run: async ({ task, ...model }) => ((await agent(task.question, model)) === task.answer ? 1 : 0),
})

const run: RunConfig<QuestionTask> = defineRun({
  // A folder, or a model of the Hugging Face hub: `npx icrl download` brings it.
  model: 'hf:HuggingFaceTB/SmolLM2-135M-Instruct',
  recipe: grpo({ attempt, tasksPerStep: 8, sessionsPerTask: 8 }),
  // A limit of each call.
  roles: { solver: { sampling: { maxTokens: 24, temperature: 1 } } },
  tasks: () => readTasks(`${import.meta.dirname}/train.jsonl`),
  // Questions that training never asks: before the first step, and every two steps.
  evaluation: { tasks: () => readTasks(`${import.meta.dirname}/held-out.jsonl`), every: 2 },
  stop: { steps: 8 },
  optimizer: { learningRate: 2e-5, beta2: 0.95 },
})

export default run
