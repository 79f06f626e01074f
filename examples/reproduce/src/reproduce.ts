import { mkdir, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import {
  commonReach,
  curveFigure,
  type Experiment,
  longestCurves,
  plannedRuns,
  readCurves,
  runExperiments,
  storeCurve,
  type StoredCurve,
} from '@icrl/example-experiments'
import type { ReproduceRequest } from 'icrl'
import { SCALES, type Scale } from './scales.ts'
import { STUDIES, type Study } from './studies.ts'

/**
 * Makes a study's runs at a scale, and writes `STUDY.md`, `.csv`, `.json` and `.svg` beside them. All
 * arms have the same start, tasks and streams. Runs are stored as they end, in one file for all
 * studies of a scale, so that a second call goes on and studies share what they have in common.
 */
export async function reproduce({
  study,
  scale,
  out,
  stored,
  plan,
}: ReproduceRequest): Promise<void> {
  const [chosen, at] = [STUDIES[study], SCALES[scale]]
  const experiment = experimentOf(chosen, at)
  const folder = join(out, scale)
  if (plan) {
    console.log(planInWords(study, chosen, experiment))
    return
  }
  await mkdir(folder, { recursive: true })
  if (stored) await copyStored(at, experiment, folder)
  await runExperiments(['--out', folder, 'runs'], {
    experiments: { runs: experiment },
    results: folder,
    metric: at.metric,
    load: (_, arm) => at.load(arm),
  })
  const curves = longestCurves(await readCurves(join(folder, 'runs.jsonl')))
  for (const [name, text] of Object.entries(documentsOf(study, scale, experiment, curves)))
    await writeFile(join(folder, name), text)
  console.log(`wrote ${study}.md, .csv, .json and .svg to ${folder}`)
}

/** The runs of a study at a scale. */
export function experimentOf({ arms, figures }: Study, { plan }: Scale): Experiment {
  return { ...plan, ...(figures && { every: 1000, figures }), arms }
}

function planInWords(study: string, { title }: Study, experiment: Experiment): string {
  const { tokens, arms, seeds } = experiment
  return [
    `${study}: ${title}`,
    `${plannedRuns(experiment).length} runs of ${tokens} sampled tokens: ${arms.join(', ')}; seeds ${seeds.join(', ')}`,
  ].join('\n')
}

/** Adds runs of the repository that the study needs and the folder does not have. */
async function copyStored(
  { stored }: Scale,
  experiment: Experiment,
  folder: string,
): Promise<void> {
  const file = join(folder, 'runs.jsonl')
  const key = ({ arm, seed, learningRate }: StoredCurve): string =>
    JSON.stringify([arm, seed, learningRate])
  const there = new Set((await readCurves(file)).map(key))
  const wanted = new Set(
    plannedRuns(experiment).map(({ arm, seed, learningRate }) =>
      JSON.stringify([arm, seed, learningRate]),
    ),
  )
  for (const source of stored)
    for (const curve of longestCurves(await readCurves(source))) {
      if (!wanted.has(key(curve)) || there.has(key(curve))) continue
      there.add(key(curve))
      await storeCurve(file, curve)
    }
}

/** What a study writes, by file. */
export function documentsOf(
  study: string,
  scale: string,
  experiment: Experiment,
  all: readonly StoredCurve[],
): Record<string, string> {
  const { title, table, paper, drawn = (curve) => curve } = STUDIES[study]
  const curves = experiment.arms.flatMap((name) =>
    all.filter(({ arm }) => arm === name).sort((a, b) => a.seed - b.seed),
  )
  const [first, ...others] = experiment.arms
  const tokens = Math.max(1, ...experiment.places.filter((place) => place <= commonReach(curves)))
  const shown = curves.map(drawn)
  const pairs = others.length === 0 ? [[]] : chunks(others, 2)
  const panels = pairs.map((group) => ({
    title: `${title}: ${[first, ...group].join(', ')}`.slice(0, 52),
    tokens,
    top: Math.max(1, Math.ceil(2 * Math.max(...shown.flatMap(({ values }) => values))) / 2),
    arms: [first, ...group].map((name) => ({
      name,
      curves: shown.filter(({ arm }) => arm === name),
    })),
  }))
  return {
    [`${study}.md`]: `# ${study}: ${title}\n\n${table(experiment, curves)}\n\n${paper}\n\n${SCALES[scale].title}. Means over ${experiment.seeds.length} seeds with 95% intervals (percentile bootstrap over seeds); sizes cannot be compared with the paper’s.\n\n    npx icrl reproduce ${study} --scale ${scale}\n`,
    [`${study}.csv`]: [
      'arm,seed,learning_rate,tokens,accuracy',
      ...curves.flatMap(({ arm, seed, learningRate, tokens: at, values }) =>
        values.map((value, i) => [arm, seed, learningRate, at[i], value].join(',')),
      ),
      '',
    ].join('\n'),
    [`${study}.json`]: `${JSON.stringify({ study, scale, title, arms: experiment.arms, curves })}\n`,
    [`${study}.svg`]: curveFigure(panels, `${title}, over sampled training tokens`),
  }
}

function chunks<Each>(all: readonly Each[], size: number): Each[][] {
  return Array.from({ length: Math.ceil(all.length / size) }, (_, i) =>
    all.slice(i * size, (i + 1) * size),
  )
}
