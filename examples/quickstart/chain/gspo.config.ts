import type { RunConfig } from 'icrl'
import { chainGspo } from '../src/arms.ts'
import type { ChainTask } from '../src/chain-task.ts'

const run: RunConfig<ChainTask> = chainGspo()

export default run
