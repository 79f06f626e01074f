/**
 * The experiment behind this folder's README: learning curves over seeds. Each run is stored as it
 * ends, so that a second call goes on where the first was stopped.
 *
 *     npx tsx --conditions=@icrl/source examples/train-an-ai-sdk-agent/src/experiments.ts
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
})
