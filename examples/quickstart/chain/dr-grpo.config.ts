import type { RunConfig } from 'icrl'
import { chainDrGrpo } from '../src/arms.ts'
import type { ChainTask } from '../src/chain-task.ts'

const run: RunConfig<ChainTask> = chainDrGrpo()

export default run
