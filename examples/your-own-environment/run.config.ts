import type { Attempt, Message } from '@icrl/core'
import { icrl } from '@icrl/recipes'
import { multiTurn } from '@icrl/rollout'
import { defineRun, type RunConfig } from 'icrl'
import { guessing } from './guessing.ts'

const attempt = multiTurn({ environment: guessing, contextTokens: 500 })
const criticPrompt = (_: unknown, { turns }: Attempt): Message[] => [
  { role: 'user', content: `Review ${turns.map(({ action }) => action).join(' ')}` },
]
const tasks = async (of: 'train' | 'test') => (await guessing.taskIds(of)).map((id) => ({ id }))
const role = (maxTokens: number) => ({ sampling: { maxTokens, temperature: 1 } })

const run: RunConfig = defineRun({
  model: '../agentic-tiny/model',
  recipe: icrl({ attempt, criticPrompt, tasksPerStep: 8 }),
  roles: { solver: role(8), critic: role(16) },
  tasks: () => tasks('train'),
  evaluation: { tasks: () => tasks('test'), every: 10, repeats: 4 },
  stop: { steps: 60 },
  optimizer: { learningRate: 6e-4 },
})

export default run
