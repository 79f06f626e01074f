import { seedMean, type StoredCurve } from '@icrl/example-experiments'
import { areaUnderCurve } from '@icrl/report'
import type { Figure, MethodExperiment } from './method-experiment.ts'
import type { ArmResult } from './run-arm.ts'

/** A mean over seeds with its interval, as tables have it: `.681 [.652, .711]`. */
export function estimate(values: readonly number[]): string {
  if (values.length === 0) return '–'
  const { mean, low, high } = seedMean(values)
  return values.length === 1 ? short(mean) : `${short(mean)} [${short(low)}, ${short(high)}]`
}

/** Three digits, without the 0 before the point; −0 is 0. */
function short(value: number): string {
  const text = Math.abs(value).toFixed(3).replace(/^0\./, '.')
  return value < 0 && Number(text) !== 0 ? `−${text}` : text
}

const valuesOf = (
  results: readonly ArmResult[],
  arm: string,
  { name }: Figure,
): readonly number[] =>
  results
    .filter((run) => run.arm === arm)
    .map(({ figures }) => figures[name])
    .filter((value) => value !== undefined)

/** Differences of two arms, seed by seed. */
function differences(
  results: readonly ArmResult[],
  [first, second]: readonly [string, string],
  { name }: Figure,
): number[] {
  return results
    .filter((run) => run.arm === first)
    .flatMap(({ seed, figures }) => {
      const other = results.find((run) => run.arm === second && run.seed === seed)
      const gap = figures[name] - (other?.figures[name] ?? NaN)
      return Number.isNaN(gap) ? [] : [gap]
    })
}

/** All arms and figures of an experiment, and the method's lead on each control. */
export function experimentTable(
  { arms, figures }: MethodExperiment,
  results: readonly ArmResult[],
): string {
  const [method, ...controls] = Object.keys(arms)
  const mean = (values: readonly number[]): number =>
    values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)
  const rows = Object.keys(arms).map((arm) => {
    const own = results.filter((run) => run.arm === arm)
    const rates = [...new Set(own.map(({ learningRate }) => learningRate))]
    return [
      `${arm}, ${own.length} seeds`,
      ...figures.map((figure) => estimate(valuesOf(results, arm, figure))),
      String(Math.round(mean(own.map(({ tokens }) => tokens))) || '–'),
      rates.map((rate) => (rate === 0 ? '–' : rate.toExponential(0))).join(', '),
    ]
  })
  const leads = controls.map((control) => [
    `${method} − ${control}`,
    ...figures.map((figure) => estimate(differences(results, [method, control], figure))),
    '',
    '',
  ])
  return markdownTable(
    ...withoutEmptyColumns(
      ['', ...figures.map(({ label }) => label), 'tokens', 'learning rate'],
      [...rows, ...leads],
    ),
  )
}

/** Scripts sample no tokens and learn at no rate. */
function withoutEmptyColumns(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): [string[], string[][]] {
  const isFilled = (_: string, column: number): boolean =>
    rows.some((cells) => cells[column] !== '–' && cells[column] !== '')
  return [head.filter(isFilled), rows.map((cells) => cells.filter(isFilled))]
}

/** The method and its controls in a cell: the first figure alone. */
export function experimentCell(
  { arms, figures: [figure] }: MethodExperiment,
  results: readonly ArmResult[],
): string {
  const values = Object.keys(arms).map(
    (arm) => `${arm} ${estimate(valuesOf(results, arm, figure))}`,
  )
  return `${figure.label}: ${values.join('; ')}`
}

/** The mean accuracy while learning of some arms of the operator chain, in a cell. */
export function chainCell(
  arms: readonly string[],
  curves: readonly StoredCurve[],
  tokens: number,
): string {
  const areas = arms.map((arm) => {
    const own = curves.filter((curve) => curve.arm === arm)
    const seeds = own.length === 5 ? '' : ` (${own.length} seeds)`
    return `${arm} ${estimate(own.map((curve) => areaUnderCurve(curve, tokens)))}${seeds}`
  })
  return `mean accuracy up to ${tokens / 1000}k: ${areas.join('; ')}`
}

/** A table as Markdown. */
export function markdownTable(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): string {
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`
  return [line(head), line(head.map(() => '---')), ...rows.map(line)].join('\n')
}
