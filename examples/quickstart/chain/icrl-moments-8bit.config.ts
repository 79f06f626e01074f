import type { RunConfig } from 'icrl'
import { chainIcrlMoments } from '../src/arms.ts'
import type { ChainTask } from '../src/chain-task.ts'

const run: RunConfig<ChainTask> = chainIcrlMoments('8bit')

export default run
