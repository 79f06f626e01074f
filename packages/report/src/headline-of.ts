import type { Run } from './run.ts'

/**
 * The condition that sums up a run. Runs from before summaries named it have `critique_free`.
 *
 * @example
 * import { headlineOf, readRun } from '@icrl/report'
 * const run = await readRun('runs/first')
 * console.log(run.evaluations.at(-1)?.metrics[`eval/${headlineOf(run)}`])
 */
export function headlineOf({ summary }: Pick<Run, 'summary'>): string {
  return summary?.headline ?? 'critique_free'
}
