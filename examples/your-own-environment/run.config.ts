import type { Attempt, Message, Task } from '@icrl/core'
import { icrl } from '@icrl/recipes'
import { multiTurn } from '@icrl/rollout'
import { defineRun, type RunConfig } from 'icrl'
import { guessing } from './guessing.ts'

const attempt = multiTurn({ environment: guessing, contextTokens: 500 })
const criticPrompt = (_: unknown, { turns }: Attempt): Message[] => [
  { role: 'user', content: `Review ${turns.map(({ action }) => action).join(' ')}` },
]
const tasks = async (split: 'train' | 'test'): Promise<Task[]> =>
  (await guessing.taskIds(split)).map((id) => ({ id }))
const role = (maxTokens: number) => ({ sampling: { maxTokens, temperature: 1 } })

const run: RunConfig = defineRun({
  model: '../agentic-tiny/model',
  recipe: icrl({ attempt, criticPrompt, tasksPerStep: 4 }),
  roles: { solver: role(8), critic: role(16) },
  tasks: () => tasks('train'),
  evaluation: { tasks: () => tasks('test') },
  stop: { steps: 30 },
  optimizer: { learningRate: 3e-4 },
})

export default run
