import type { RunConfig } from 'icrl'
import { chainDapo } from '../src/arms.ts'
import type { ChainTask } from '../src/chain-task.ts'

const run: RunConfig<ChainTask> = chainDapo()

export default run
