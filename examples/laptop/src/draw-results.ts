/**
 * Draws `results/dates.svg` from the stored curves, and prints the tables of this folder's README.
 *
 *     npx tsx --conditions=@icrl/source examples/laptop/src/draw-results.ts
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  curveFigure,
  longestCurves,
  placesTable,
  readCurves,
  searchTable,
  type StoredCurve,
} from '@icrl/example-experiments'
import { EXPERIMENTS } from './experiment-plan.ts'

const RESULTS = fileURLToPath(new URL('../results', import.meta.url))
const curvesOf = async (name: string): Promise<StoredCurve[]> =>
  longestCurves(await readCurves(join(RESULTS, `${name}.jsonl`)))
const sampled = (curve: StoredCurve): StoredCurve => ({ ...curve, values: curve.beside ?? [] })

const dates = await curvesOf('dates')
const panel = {
  title: 'SmolLM2-135M, exact dates: held-out accuracy',
  tokens: EXPERIMENTS.dates.tokens,
  top: 1,
  arms: [
    { name: 'greedy answers', curves: dates },
    { name: 'sampled answers', curves: dates.map(sampled) },
  ],
}
await writeFile(
  join(RESULTS, 'dates.svg'),
  curveFigure(
    [panel],
    'Held-out accuracy of SmolLM2-135M on exact dates over sampled training tokens, each seed a thin line, means thick',
  ),
)

for (const [name, experiment] of Object.entries(EXPERIMENTS)) {
  const curves = await curvesOf(name)
  if (curves.length === 0) continue
  console.log(
    experiment.rates
      ? `${name}\n\n${searchTable(experiment, curves)}\n`
      : `${name}, greedy\n\n${placesTable(experiment, curves)}\n\n${name}, sampled\n\n${placesTable(experiment, curves, sampled)}\n`,
  )
}
