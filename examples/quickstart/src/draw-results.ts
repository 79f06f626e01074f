/**
 * Draws the figures of the root README (`chain.svg`) and of docs/results.md (`curves.svg`) from the
 * stored curves, and prints the page's tables.
 *
 *     npx tsx --conditions=@icrl/source examples/quickstart/src/draw-results.ts
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  commonReach,
  curveFigure,
  longestCurves,
  type Panel,
  placesTable,
  readCurves,
  searchTable,
  type StoredCurve,
} from '@icrl/example-experiments'
import { EXPERIMENTS } from './experiment-plan.ts'

const RESULTS = fileURLToPath(new URL('../results', import.meta.url))
const NAMES: Readonly<Record<string, string>> = {
  icrl: 'ICRL',
  grpo: 'GRPO',
  'icrl-shuffled': 'ICRL, shuffled critique',
  'icrl-unweighted': 'ICRL without w_t',
}

const curves = Object.fromEntries(
  await Promise.all(
    Object.keys(EXPERIMENTS).map(
      async (name) =>
        [name, longestCurves(await readCurves(join(RESULTS, `${name}.jsonl`)))] as const,
    ),
  ),
)
const chain = panelOf('chain', 'operator chain: held-out accuracy')
const panels = [
  chain,
  panelOf('triple', 'appliance triple: held-out accuracy'),
  panelOf('leak', 'leaking critic: held-out accuracy'),
  panelOf('leak', 'leaking critic: places guessed', 0.6, guessesOf),
].filter(({ arms }) => arms.some((arm) => arm.curves.length > 0))
await draw(
  'curves.svg',
  panels,
  'Learning curves of the quickstart’s tasks over sampled training tokens, each seed a thin line, means thick',
)
await draw(
  'chain.svg',
  [chain],
  'Learning curves of the operator chain over sampled training tokens, each seed a thin line, means thick',
)

for (const [name, experiment] of Object.entries(EXPERIMENTS)) {
  if (curves[name].length === 0) continue
  console.log(
    `${name}\n\n${experiment.rates ? searchTable(experiment, curves[name]) : placesTable(experiment, curves[name])}\n`,
  )
  if (experiment.task === 'leak')
    console.log(`places guessed\n\n${placesTable(experiment, curves[name], guessesOf)}\n`)
  const weighted = curves[name].filter(({ weightMeans }) => weightMeans)
  if (weighted.length > 0)
    console.log(`mean w_t\n\n${placesTable(experiment, weighted.map(weightsOf))}\n`)
}

async function draw(file: string, drawn: readonly Panel[], description: string): Promise<void> {
  await writeFile(join(RESULTS, file), curveFigure(drawn, description))
}

function panelOf(
  name: string,
  title: string,
  top = 1,
  of: (curve: StoredCurve) => StoredCurve = (curve) => curve,
): Panel {
  const { arms, places } = EXPERIMENTS[name]
  const tokens = Math.max(1, ...places.filter((place) => place <= commonReach(curves[name])))
  return {
    title,
    tokens,
    top,
    arms: arms.map((arm) => ({
      name: NAMES[arm],
      curves: curves[name].filter((curve) => curve.arm === arm).map(of),
    })),
  }
}

function guessesOf(curve: StoredCurve): StoredCurve {
  return { ...curve, values: curve.guesses }
}

/** w̄_t in place of the accuracies; where no token had a weight, the one before, or the first. */
function weightsOf(curve: StoredCurve): StoredCurve {
  const means = curve.weightMeans!
  let last = means.find((mean) => mean !== null) ?? 1
  return { ...curve, values: means.map((mean) => (last = mean ?? last)) }
}
