import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { writingNow } from '../run/durable-files.ts'
import type { Metrics, TrainHooks } from '../train-options.ts'

/**
 * Hooks that write a run's metrics as a CSV table: a row for each line of `metrics.jsonl`, and one
 * for the evaluation after the last step. The cell of a metric without a value is empty. A column
 * that first appears later is added to the whole table. A resumed run's table has the same bytes as
 * one that was never interrupted.
 *
 * @throws `write-failed`
 * @example
 * import { train, type TrainOptions } from '@icrl/trainer'
 * import { csvSink } from '@icrl/trainer/node'
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
      // The next step's line repeats these figures, so this row only stays after the last step.
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

/** A column's name as CSV. Recipes choose some names, so they may contain anything. */
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
