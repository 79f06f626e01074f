import type { RunConfig } from 'icrl'
import { chainIcrl } from '../src/arms.ts'
import type { ChainTask } from '../src/chain-task.ts'

const run: RunConfig<ChainTask> = chainIcrl({ critic: 'none' })

export default run
