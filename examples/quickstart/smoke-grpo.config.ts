import type { RunConfig } from 'icrl'
import { chainGrpo } from './src/arms.ts'
import type { ChainTask } from './src/chain-task.ts'
import { smokeRun } from './src/smoke-run.ts'

/** The same of the GRPO arm. */
const run: RunConfig<ChainTask> = smokeRun(chainGrpo())

export default run
