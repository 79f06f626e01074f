import type { TrainOptions } from '../src/index.ts'
import { dialIcrl } from './dial-recipes.ts'
import { dialPolicy, dialRoles, dialTasks, type DialTask } from './dial-task.ts'

/** A fresh, small run of the dial task; every option can be replaced. */
export function dialRun(options: Partial<TrainOptions<DialTask>> = {}): TrainOptions<DialTask> {
  return {
    recipe: dialIcrl(),
    policies: { model: dialPolicy() },
    roles: dialRoles(),
    tasks: dialTasks('train'),
    evaluation: { tasks: dialTasks('test'), every: 2, repeats: 2 },
    seed: 0,
    stop: { steps: 6 },
    optimizer: { learningRate: 0.05, clipNorm: 1 },
    ...options,
  }
}
