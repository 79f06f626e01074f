/**
 * Draws the figures of `results` from the stored curves, and prints the tables of docs/results-pretrained.md.
 *
 *     npx tsx --conditions=@icrl/source examples/laptop/src/draw-results.ts
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import {
  curveFigure,
  type Experiment,
  longestCurves,
  type Panel,
  placesTable,
  plannedCurves,
  readCurves,
  searchTable,
  type StoredCurve,
} from '@icrl/example-experiments'
import { EXPERIMENTS } from './experiment-plan.ts'

const RESULTS = fileURLToPath(new URL('../results', import.meta.url))
const curvesOf = async (name: string): Promise<StoredCurve[]> =>
  longestCurves(await readCurves(join(RESULTS, `${name}.jsonl`)))
const draw = (
  file: string,
  { about, ...panel }: Panel & { readonly about: string },
): Promise<void> =>
  writeFile(
    join(RESULTS, file),
    curveFigure([panel], `${about}, each seed a thin line, means thick`),
  )
const sampled = (curve: StoredCurve): StoredCurve => ({ ...curve, values: curve.beside ?? [] })

const dates = await curvesOf('dates')
const datesOf = (arm: string): StoredCurve[] => dates.filter((curve) => curve.arm === arm)
await draw('dates.svg', {
  title: 'SmolLM2-135M, exact dates: held-out accuracy',
  about: 'Held-out accuracy of SmolLM2-135M on exact dates over sampled training tokens',
  tokens: EXPERIMENTS.dates.tokens,
  top: 1,
  arms: [
    { name: 'greedy', curves: datesOf('grpo') },
    { name: 'greedy, adapter', curves: datesOf('grpo-rank-16') },
    { name: 'sampled', curves: datesOf('grpo').map(sampled) },
  ],
})

const sums = await curvesOf('addition')
await draw('addition.svg', {
  title: 'SmolLM2-135M, two-digit sums: held-out accuracy',
  about: 'Held-out accuracy of SmolLM2-135M on two-digit sums over sampled training tokens',
  tokens: EXPERIMENTS.addition.tokens,
  top: 1,
  arms: [
    { name: 'greedy answers', curves: sums },
    { name: 'sampled answers', curves: sums.map(sampled) },
  ],
})

const bare = [...(await curvesOf('bare-dates')), ...(await curvesOf('beyond-bare-dates'))]
await draw('bare-dates.svg', {
  title: 'SmolLM2-135M, bare dates: held-out accuracy',
  about: 'Held-out greedy accuracy of SmolLM2-135M on bare dates over sampled training tokens',
  tokens: EXPERIMENTS['bare-dates'].tokens,
  top: 1,
  arms: Object.entries({
    icrl: 'ICRL',
    grpo: 'GRPO',
    'icrl-shuffled': 'shuffled critique',
    'icrl-replay': 'replay',
  }).map(([arm, name]) => ({
    name,
    curves: plannedCurves(EXPERIMENTS['bare-dates'], arm, bare),
  })),
})

const archive = [...(await curvesOf('archive')), ...(await curvesOf('archive-weights'))]
await draw('archive.svg', {
  title: 'SmolLM2-135M, archive dates: held-out accuracy',
  about: 'Held-out greedy accuracy of SmolLM2-135M on archive dates over sampled training tokens',
  tokens: EXPERIMENTS.archive.tokens,
  top: 1,
  arms: Object.entries({
    icrl: 'ICRL',
    grpo: 'GRPO',
    'icrl-floor-0.3': 'floor of 0.3',
    'icrl-annealed': 'annealed',
  }).map(([arm, name]) => ({ name, curves: plannedCurves(EXPERIMENTS.archive, arm, archive) })),
})

function printCurves(name: string, experiment: Experiment, curves: readonly StoredCurve[]): void {
  console.log(`${name}, greedy\n\n${placesTable(experiment, curves)}\n`)
  console.log(`${name}, sampled\n\n${placesTable(experiment, curves, sampled)}\n`)
}
for (const [name, experiment] of Object.entries(EXPERIMENTS)) {
  const curves = await curvesOf(name)
  if (curves.length === 0) continue
  if (experiment.rates) console.log(`${name}\n\n${searchTable(experiment, curves)}\n`)
  else printCurves(name, experiment, curves)
}
const ofArchive = [EXPERIMENTS.archive, EXPERIMENTS['archive-weights']].flatMap(({ arms }) => arms)
printCurves(
  'all of archive',
  {
    ...EXPERIMENTS.archive,
    arms: ['icrl-annealed', ...ofArchive.filter((arm) => arm !== 'icrl-annealed')],
  },
  archive,
)
for (const arm of ['icrl', 'grpo'])
  printCurves(
    `${arm} with replay`,
    { ...EXPERIMENTS['bare-dates'], arms: [`${arm}-replay`, arm] },
    bare,
  )
