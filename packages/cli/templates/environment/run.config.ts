import type { Task } from '@icrl/core'
import { icrl } from '@icrl/recipes'
import { multiTurn } from '@icrl/rollout'
import { defineRun, type RunConfig } from 'icrl'
import { guessing } from './environment.ts'

const tasks = async (split: 'train' | 'test'): Promise<Task[]> =>
  (await guessing.taskIds(split)).map((id) => ({ id }))

const run: RunConfig = defineRun({
  // A folder, or a model of the Hugging Face hub: `npx icrl download` brings it.
  model: 'hf:HuggingFaceTB/SmolLM2-135M-Instruct',
  // Failed episodes are criticized, and begun again with the critique in sight.
  recipe: icrl({
    attempt: multiTurn({ environment: guessing, contextTokens: 1000 }),
    tasksPerStep: 4,
  }),
  roles: {
    // Limits of each turn, and of each critique.
    solver: { sampling: { maxTokens: 8, temperature: 1 } },
    critic: { sampling: { maxTokens: 64, temperature: 1 } },
  },
  tasks: () => tasks('train'),
  evaluation: { tasks: () => tasks('test'), every: 10, repeats: 8 },
  stop: { steps: 30 },
  optimizer: { learningRate: 2e-5, beta2: 0.95 },
})

export default run
