/** Runs the dial task in a folder until it is done, resuming what is there: `node … killable-run.ts FOLDER`. */
import { train } from '../src/index.ts'
import { dialRun } from './dial-run.ts'

const [directory] = process.argv.slice(2)
await train(dialRun({ directory, resume: true, stop: { steps: 40 }, checkpoints: { every: 3 }, onStep: ({ step }) => process.stdout.write(`${step}\n`) }))
