import type { RunConfig } from 'icrl'
import { chainLuffy } from '../src/arms.ts'
import type { ChainTask } from '../src/chain-task.ts'

const run: RunConfig<ChainTask> = await chainLuffy()

export default run
