import type { RunConfig } from 'icrl'
import { chainRounds } from '../src/arms.ts'
import type { ChainTask } from '../src/chain-task.ts'

const run: RunConfig<ChainTask> = chainRounds()

export default run
