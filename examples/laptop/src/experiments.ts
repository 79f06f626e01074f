/**
 * The experiments behind docs/results-pretrained.md: learning curves over seeds, and one search for the
 * rates of all arms. Each run is stored as it ends, so that a second call goes on where the first
 * was stopped.
 *
 *     npx tsx --conditions=@icrl/source examples/laptop/src/experiments.ts         # all of them
 *     npx tsx --conditions=@icrl/source examples/laptop/src/experiments.ts dates   # this one
 */
import { fileURLToPath } from 'node:url'
import { runExperiments } from '@icrl/example-experiments'
import { loadRunConfig } from 'icrl'
import { EXPERIMENTS } from './experiment-plan.ts'

await runExperiments(process.argv.slice(2), {
  experiments: EXPERIMENTS,
  results: fileURLToPath(new URL('../results', import.meta.url)),
  load: (task, arm) =>
    loadRunConfig(fileURLToPath(new URL(`../${task}/${arm}.config.ts`, import.meta.url))),
  metric: 'eval/greedy/critique_free',
  beside: 'eval/sampled/critique_free',
})
