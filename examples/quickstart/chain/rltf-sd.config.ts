import type { RunConfig } from 'icrl'
import { chainRltfSd } from '../src/arms.ts'
import type { ChainTask } from '../src/chain-task.ts'

const run: RunConfig<ChainTask> = chainRltfSd()

export default run
