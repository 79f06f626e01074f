import { dpo } from '@icrl/recipes'
import { defineRun, type RunConfig } from 'icrl'
import { type PairTask, pairOf, readPairs } from './pairs.ts'

const run: RunConfig<PairTask> = defineRun({
  // A folder, or a model of the Hugging Face hub: `npx icrl download` brings it.
  model: 'hf:HuggingFaceTB/SmolLM2-135M-Instruct',
  // Nothing is sampled: the model learns from the pairs as they are.
  recipe: ({ renderer }) => dpo({ pairs: (task) => [pairOf(task, renderer)], tasksPerStep: 4 }),
  roles: { solver: { sampling: { maxTokens: 32, temperature: 1 } } },
  tasks: () => readPairs(`${import.meta.dirname}/pairs.jsonl`),
  stop: { steps: 10 },
  optimizer: { learningRate: 5e-6 },
})

export default run
