import type { RunConfig } from 'icrl'
import { chainGrpo } from '../src/arms.ts'
import type { ChainTask } from '../src/chain-task.ts'

const run: RunConfig<ChainTask> = chainGrpo()

export default run
