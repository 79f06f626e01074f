import { defineRun, type RunConfig } from 'icrl'
import { chainTasks, type ChainTask } from './chain-task.ts'

/**
 * Ten steps of an arm and a small evaluation: seconds, also on the scalar code path. The model is
 * as seen from `examples/quickstart`.
 */
export function smokeRun(arm: RunConfig<ChainTask>): RunConfig<ChainTask> {
  return defineRun({
    ...arm,
    model: 'model',
    evaluation: { tasks: () => chainTasks('test', 32), every: 5 },
    stop: { steps: 10 },
    checkpoints: { every: 1 },
  })
}
