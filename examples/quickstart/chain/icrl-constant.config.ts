import type { RunConfig } from 'icrl'
import { chainConstantCritique } from '../src/arms.ts'
import type { ChainTask } from '../src/chain-task.ts'

const run: RunConfig<ChainTask> = chainConstantCritique()

export default run
