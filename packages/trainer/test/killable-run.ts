/**
 * Runs the dial task in a folder until it is done, resuming what is there:
 * `node … killable-run.js FOLDER`, bundled.
 */
import { train, type TrainOptions } from '../src/index.ts'
import { rolloutCorrection } from '@icrl/calibration'
import { dialIcrl } from './dial-recipes.ts'
import { dialTasks, type DialTask } from './dial-task.ts'
import { remembering } from './remembering-recipe.ts'
import { scheduledRun } from './scheduled-run.ts'

export const STEPS = 40

/** The run, of a recipe that remembers, for a process that may be killed and for one that is not. */
export function killableRun(directory: string, staleness = 0): TrainOptions<DialTask> {
  return scheduledRun({
    directory,
    asynchronous: { staleness },
    correction: staleness > 0 ? rolloutCorrection() : undefined,
    recipe: remembering(dialIcrl()),
    resume: true,
    stop: { steps: STEPS },
    evaluation: { tasks: dialTasks('test'), every: 20 },
    checkpoints: { every: 3 },
    references: { model: { every: 5 } },
  })
}

const [, started, directory] = process.argv
const staleness = Number(process.env.ICRL_TEST_STALENESS ?? 0)
if (started?.endsWith('killable-run.js')) await train(killableRun(directory, staleness))
