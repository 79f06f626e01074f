import type { RunConfig } from 'icrl'
import { chainCritiqueGrpo } from '../src/arms.ts'
import type { ChainTask } from '../src/chain-task.ts'

const run: RunConfig<ChainTask> = chainCritiqueGrpo()

export default run
