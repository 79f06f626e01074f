import type { RunConfig } from 'icrl'
import { chainEcho } from '../src/arms.ts'
import type { ChainTask } from '../src/chain-task.ts'

const run: RunConfig<ChainTask> = chainEcho()

export default run
