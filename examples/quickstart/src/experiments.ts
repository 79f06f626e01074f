/**
 * The experiments behind docs/results.md: learning curves of every arm over seeds, and the
 * same learning-rate search for every arm. Each run is stored as it ends, so that a second call
 * goes on where the first was stopped.
 *
 *     npx tsx --conditions=@icrl/source examples/quickstart/src/experiments.ts                # all of them, about an hour of one core
 *     npx tsx --conditions=@icrl/source examples/quickstart/src/experiments.ts triple chain   # these
 *     npx tsx --conditions=@icrl/source examples/quickstart/src/experiments.ts --tokens 60000 chain   # none longer than this
 */
import { fileURLToPath } from 'node:url'
import { runExperiments } from '@icrl/example-experiments'
import { EXPERIMENTS } from './experiment-plan.ts'
import { loadArm } from './run-arm.ts'
import { guessCounter } from './place-guesses.ts'

await runExperiments(process.argv.slice(2), {
  experiments: EXPERIMENTS,
  results: fileURLToPath(new URL('../results', import.meta.url)),
  load: loadArm,
  guesses: guessCounter,
})
