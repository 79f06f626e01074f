import type { RunConfig } from 'icrl'
import { smallIcrl } from '../src/arms.ts'
import type { ChainTask } from '../src/chain-task.ts'

const run: RunConfig<ChainTask> = smallIcrl()

export default run
