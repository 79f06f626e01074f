import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { writingNow } from '../run/durable-files.ts'
import type { Metrics, TrainHooks } from '../train-options.ts'

/**
 * Hooks that keep a run's figures as a table: a row for each line of `metrics.jsonl`, one more for
 * the evaluation after the last step, a cell empty where a metric has no value. A column that first
 * appears later widens the whole table; a resumed run's table has the bytes of one that was never
 * interrupted.
 *
 * @throws `write-failed`
 * @example
 * import { csvSink, train, type TrainOptions } from '@icrl/trainer'
 * declare const options: TrainOptions
 * await train({ ...options, ...csvSink('runs/first/metrics.csv') })
 */
export function csvSink(file: string): TrainHooks {
  let columns: readonly string[] = []
  let rows: Metrics[] = []
  let isBehind = false
  const rewrite = (shown: readonly Metrics[]): void => {
    columns = [...new Set(['step', ...shown.flatMap((row) => Object.keys(row))])]
    replaceFile(
      file,
      [columns.map(quoted).join(','), ...shown.map((row) => cells(row, columns))]
        .map((line) => `${line}\n`)
        .join(''),
    )
  }
  return {
    onStart({ metrics }) {
      rows = [...metrics]
      rewrite(rows)
    },
    onEvaluation({ step, metrics }) {
      // The next step's line repeats these figures: only after the last step is this row to stay.
      rewrite([...rows, { step, ...metrics }])
      isBehind = true
    },
    onStep({ metrics }) {
      rows.push(metrics)
      if (isBehind || Object.keys(metrics).some((key) => !columns.includes(key))) rewrite(rows)
      else writingNow(file, () => appendFileSync(file, `${cells(metrics, columns)}\n`))
      isBehind = false
    },
  }
}

function cells(row: Metrics, columns: readonly string[]): string {
  return columns.map((column) => row[column] ?? '').join(',')
}

/** Names come from recipes too. */
function quoted(name: string): string {
  return /[",\n\r]/.test(name) ? `"${name.replaceAll('"', '""')}"` : name
}

function replaceFile(file: string, content: string): void {
  const temporary = `${file}.tmp-${process.pid}`
  writingNow(file, () => {
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(temporary, content)
    renameSync(temporary, file)
  })
}
