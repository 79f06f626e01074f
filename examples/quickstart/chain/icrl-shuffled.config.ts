import type { RunConfig } from 'icrl'
import { chainShuffled } from '../src/arms.ts'
import type { ChainTask } from '../src/chain-task.ts'

const run: RunConfig<ChainTask> = chainShuffled()

export default run
