/**
 * Runs the dial task in a folder until it is done, resuming what is there:
 * `node … killable-run.ts FOLDER`.
 */
import { train } from '../src/index.ts'
import { dialRun } from './dial-run.ts'
import { dialTasks } from './dial-task.ts'

const [directory] = process.argv.slice(2)
await train(
  dialRun({
    directory,
    resume: true,
    stop: { steps: 100 },
    evaluation: { tasks: dialTasks('test'), every: 20 },
    checkpoints: { every: 3 },
    onStep: ({ step }) => process.stdout.write(`${step}\n`),
  }),
)
