/**
 * Draws `results/shop.svg` from the stored curves, and prints the README's table.
 *
 *     npx tsx --conditions=@icrl/source examples/train-an-ai-sdk-agent/src/draw-results.ts
 */
import { writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'
import {
  commonReach,
  curveFigure,
  longestCurves,
  placesTable,
  readCurves,
} from '@icrl/example-experiments'
import { EXPERIMENTS } from './experiment-plan.ts'

const RESULTS = fileURLToPath(new URL('../results', import.meta.url))
const NAMES: Readonly<Record<string, string>> = { icrl: 'ICRL', grpo: 'GRPO' }

const { shop } = EXPERIMENTS
const curves = longestCurves(await readCurves(`${RESULTS}/shop.jsonl`))
const panel = {
  title: 'the clerk: success on held-out questions',
  tokens: Math.max(1, ...shop.places.filter((place) => place <= commonReach(curves))),
  top: 1,
  arms: shop.arms.map((arm) => ({
    name: NAMES[arm],
    curves: curves.filter((curve) => curve.arm === arm),
  })),
}
await writeFile(
  `${RESULTS}/shop.svg`,
  curveFigure(
    [panel],
    'Success of the clerk on held-out questions over sampled training tokens, each seed a thin line, means thick',
  ),
)
console.log(placesTable(shop, curves))
