import type { RunConfig } from 'icrl'
import { chainShuffled } from './src/arms.ts'
import type { ChainTask } from './src/chain-task.ts'
import { smokeRun } from './src/smoke-run.ts'

/** The same of the control, whose revisions see another question's critique. */
const run: RunConfig<ChainTask> = smokeRun(chainShuffled())

export default run
