import type { RunConfig } from 'icrl'
import { chainGrpoReplay } from '../src/arms.ts'
import type { ChainTask } from '../src/chain-task.ts'

const run: RunConfig<ChainTask> = chainGrpoReplay()

export default run
