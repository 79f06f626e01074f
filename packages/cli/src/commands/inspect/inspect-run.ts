import { advise, headlineOf, type Metrics, type Run } from '@icrl/report'
import { countInWords, shareInWords } from '../../progress/words.ts'
import { aligned } from './aligned.ts'

/** Steps of a run, one line each, and what the report would advise. */
export function inspectedRun(run: Run): string {
  const figures: readonly [string, (line: Metrics) => string][] = [
    ['step', ({ step }) => String(step)],
    ['tokens', (line) => countInWords(line['tokens/sampled_total'] ?? 0)],
    ['first', (line) => shareInWords(line['accuracy/first'])],
    ['guided', (line) => shareInWords(line['accuracy/guided'])],
    ['w̄', (line) => shareInWords(line['calibration/weight_mean'])],
    ['no spread', (line) => shareInWords(line['groups/zero_variance_solver'])],
    ['held out', (line) => shareInWords(line[`eval/${headlineOf(run)}`])],
  ]
  const used = figures.filter(([, of]) => run.metrics.some((line) => of(line) !== '–'))
  return [
    `${run.label}, seed ${run.seed}: ${run.metrics.length} steps`,
    '',
    aligned([
      used.map(([name]) => name),
      ...run.metrics.map((line) => used.map(([, of]) => of(line))),
    ]),
    '',
    ...run.notes.map(({ text }) => text),
    ...advise(run).map(({ level, text }) => `${level}: ${text}`),
  ].join('\n')
}
