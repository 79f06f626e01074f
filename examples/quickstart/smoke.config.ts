import type { RunConfig } from 'icrl'
import { chainIcrl } from './src/arms.ts'
import type { ChainTask } from './src/chain-task.ts'
import { smokeRun } from './src/smoke-run.ts'

/** The quickstart's ICRL arm, ten steps of it: done in seconds. */
const run: RunConfig<ChainTask> = smokeRun(chainIcrl())

export default run
