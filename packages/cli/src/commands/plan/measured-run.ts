import { readFile } from 'node:fs/promises'
import { runLayout } from '@icrl/core'

type Line = Readonly<Record<string, number | undefined>>

/** What the steps of a run took; a figure is absent where no step has it. */
export interface MeasuredRun {
  readonly steps: number
  /** Most bytes of tensors at once. */
  readonly tensors?: number
  /** Most resident memory of the process, its evaluations included. */
  readonly resident?: number
  /** Tokens sampled in a step, on average. */
  readonly sampled?: number
  /** Tokens sampled in the step with most. */
  readonly mostSampled?: number
  /** Seconds of a step without its evaluation, on average. */
  readonly seconds?: number
}

/**
 * Reads what a run took from its folder; undefined if it has made no step.
 *
 * @throws the errors of reading and parsing its files
 */
export async function measuredRun(run: string): Promise<MeasuredRun | undefined> {
  const { metrics, timing } = runLayout(run)
  const [figures, times] = await Promise.all([linesOf(metrics), linesOf(timing)])
  if (times.length === 0) return undefined
  const sampled = valuesOf(figures, 'ledger/generated')
  return {
    steps: times.length,
    tensors: most(valuesOf(times, 'memory/peak_tensor_bytes')),
    resident: most(valuesOf(times, 'memory/peak_rss_bytes')),
    sampled: mean(sampled),
    mostSampled: most(sampled),
    seconds: mean(
      times.flatMap((line) => {
        const { 'perf/step_seconds': all, 'perf/phase/evaluate': evaluation = 0 } = line
        return all === undefined ? [] : [all - evaluation]
      }),
    ),
  }
}

async function linesOf(path: string): Promise<Line[]> {
  const text = await readFile(path, 'utf8')
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line) as Line)
}

function valuesOf(lines: readonly Line[], key: string): number[] {
  return lines.flatMap((line) => line[key] ?? [])
}

function most(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : Math.max(...values)
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0
    ? undefined
    : values.reduce((sum, value) => sum + value, 0) / values.length
}
