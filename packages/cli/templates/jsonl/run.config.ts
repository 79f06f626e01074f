import type { QuestionTask } from '@icrl/core'
import { grpo } from '@icrl/recipes'
import { singleTurn } from '@icrl/rollout'
import { defineRun, readTasks, type RunConfig } from 'icrl'
import { reward } from './reward.ts'

/** One answer to one question. */
const attempt = singleTurn<QuestionTask>({
  prompt: ({ question }, advice) => [
    { role: 'system', content: 'Write the date as YYYY-MM-DD.' },
    // One exchange that shows what is meant: a small model needs it.
    { role: 'user', content: '31 December 1999' },
    { role: 'assistant', content: '1999-12-31' },
    // With `icrl` the second attempt is given advice, and learned without it.
    { role: 'user', content: advice ? `${question}\n\nAdvice: ${advice}` : question },
  ],
  verifier: reward,
})

const run: RunConfig<QuestionTask> = defineRun({
  // A folder, or a model of the Hugging Face hub: `npx icrl download` brings it.
  model: 'hf:HuggingFaceTB/SmolLM2-135M-Instruct',
  // Or `icrl({ attempt })` with a role `critic`: failed answers are criticized and tried again.
  recipe: grpo({ attempt, tasksPerStep: 8, sessionsPerTask: 8 }),
  roles: { solver: { sampling: { maxTokens: 14, temperature: 1 } } },
  tasks: () => readTasks(`${import.meta.dirname}/train.jsonl`),
  evaluation: {
    every: 5,
    tasks: () => readTasks(`${import.meta.dirname}/held-out.jsonl`),
    // One greedy answer each. Without this line they are sampled as in training.
    sampling: { solver: { temperature: 0 } },
  },
  stop: { steps: 15 },
  optimizer: { learningRate: 2e-5, beta2: 0.95 },
})

export default run
