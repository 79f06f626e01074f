import { defineRun, type RunConfig } from 'icrl'
import { chainIcrl } from '../quickstart/src/arms.ts'
import { chainTasks, type ChainTask } from '../quickstart/src/chain-task.ts'
import { local, remote } from './src/engines.ts'

const MODEL = '../quickstart/model'
const url = process.env.TINKER_BASE_URL

/** Where the model runs: the one line that differs. `local(MODEL)` is this process. */
const model = url ? remote(MODEL, url) : local(MODEL)

/** The quickstart's chain by ICRL, with an adapter in place of all weights. */
const run: RunConfig<ChainTask> = defineRun({
  ...chainIcrl(),
  model,
  optimizer: { learningRate: 3e-3, clipNorm: 1 },
  evaluation: { tasks: () => chainTasks('test', 128), every: 5 },
  stop: { tokens: 24_000 },
})

export default run
