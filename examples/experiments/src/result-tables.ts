import { areaUnderCurve, valueAt } from '@icrl/report'
import { bestRate } from './best-rate.ts'
import type { Experiment } from './experiment.ts'
import { seedMean } from './seed-interval.ts'
import { commonReach, plannedCurves, type StoredCurve } from './stored-curves.ts'

/** The figure that a table's cells show. */
type Figure = (curve: StoredCurve) => number

/**
 * Means over seeds with intervals at those of the experiment's places that all curves reached, in
 * Markdown; then ICRL's lead over each other arm, seed by seed.
 */
export function placesTable(
  experiment: Experiment,
  curves: readonly StoredCurve[],
  of: (curve: StoredCurve) => StoredCurve = (curve) => curve,
): string {
  const { arms } = experiment
  const places = experiment.places.filter((place) => place <= commonReach(curves))
  const tokens = places[places.length - 1] ?? 0
  const figures: Figure[] = [
    ...places.slice(1).map(
      (place): Figure =>
        (curve) =>
          valueAt(of(curve), place),
    ),
    (curve) => areaUnderCurve(of(curve), tokens),
  ]
  const ofArm = (arm: string): StoredCurve[] =>
    plannedCurves(experiment, arm, curves).sort((a, b) => a.seed - b.seed)
  const leads = arms.slice(1).map((other) => {
    const pairs = ofArm(arms[0]).flatMap((first) =>
      ofArm(other)
        .filter(({ seed }) => seed === first.seed)
        .map((second) => [first, second] as const),
    )
    return [
      `${arms[0]} − ${other}`,
      ...figures.map((figure) =>
        cell(pairs.map(([first, second]) => figure(first) - figure(second))),
      ),
    ]
  })
  return markdown([
    [
      experiment.task,
      ...places.slice(1).map((place) => `${place / 1000}k`),
      `mean up to ${tokens / 1000}k`,
    ],
    ...arms.map((arm) => [
      `${arm}, ${ofArm(arm).length} ${ofArm(arm).length === 1 ? 'seed' : 'seeds'}`,
      ...figures.map((figure) => cell(ofArm(arm).map(figure))),
    ]),
    ...leads,
  ])
}

/**
 * One line per arm, one column per learning rate: the area under the curve of each of the search's
 * seeds, the rate with the best mean in bold.
 */
export function searchTable(
  { task, arms, rates = [], tokens: planned }: Experiment,
  curves: readonly StoredCurve[],
): string {
  const tokens = Math.min(planned, commonReach(curves))
  return markdown([
    [task, ...rates.map((rate) => rate.toExponential(0))],
    ...arms.map((arm) => {
      const runs = curves
        .filter((curve) => curve.arm === arm)
        .map((curve) => ({ learningRate: curve.learningRate, area: areaUnderCurve(curve, tokens) }))
      return [arm, ...rates.map((rate) => searchCell(runs, rate))]
    }),
  ])
}

function searchCell(
  runs: readonly { readonly learningRate: number; readonly area: number }[],
  rate: number,
): string {
  const areas = runs.filter(({ learningRate }) => learningRate === rate)
  if (areas.length === 0) return '–'
  const text = areas.map(({ area }) => share(area)).join(', ')
  return bestRate(runs).learningRate === rate ? `**${text}**` : text
}

function cell(values: readonly number[]): string {
  if (values.length === 0) return '–'
  const { mean, low, high } = seedMean(values)
  return values.length === 1 ? share(mean) : `${share(mean)} [${share(low)}, ${share(high)}]`
}

/** `.941`, as papers write it. */
function share(value: number): string {
  return value
    .toFixed(3)
    .replace(/^(-?)0\./, '$1.')
    .replace('-', '−')
}

function markdown(rows: readonly (readonly string[])[]): string {
  const [head, ...body] = rows.map((row) => `| ${row.join(' | ')} |`)
  return [head, `|${'---|'.repeat(rows[0].length)}`, ...body].join('\n')
}
