import type { RunConfig } from 'icrl'
import { smallGrpo } from '../src/arms.ts'
import type { ChainTask } from '../src/chain-task.ts'

const run: RunConfig<ChainTask> = smallGrpo()

export default run
