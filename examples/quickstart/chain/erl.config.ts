import type { RunConfig } from 'icrl'
import { chainErl } from '../src/arms.ts'
import type { ChainTask } from '../src/chain-task.ts'

const run: RunConfig<ChainTask> = chainErl()

export default run
