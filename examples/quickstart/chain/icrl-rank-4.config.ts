import type { RunConfig } from 'icrl'
import { chainIcrlAdapter } from '../src/arms.ts'
import type { ChainTask } from '../src/chain-task.ts'

const run: RunConfig<ChainTask> = chainIcrlAdapter(4)

export default run
