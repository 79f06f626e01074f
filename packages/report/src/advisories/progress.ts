import { headlineOf } from '../headline-of.ts'
import type { Run } from '../run.ts'
import { type AdvisoryRule, formatPercent } from './advisory.ts'
import { largest } from '../statistics/extremes.ts'

/**
 * Says when held-out accuracy did not rise, or rose and fell again.
 *
 * @example
 * import { advise, progress, readRun } from '@icrl/report'
 * console.log(advise(await readRun('runs/first'), [progress({ gain: 0.05 })]))
 */
export function progress({
  gain = 0.02,
  fall = 0.1,
}: { readonly gain?: number; readonly fall?: number } = {}): AdvisoryRule {
  return (run) => {
    const values = accuracies(run)
    if (values.length < 3) return undefined
    const [initial, final, best] = [values[0], values.at(-1)!, largest(values)]
    const numbers = { initial, final, best }
    const because = `Said when the last of at least three evaluations is ${formatPercent(fall)} below the best, or less than ${formatPercent(gain)} above the first.`
    if (best - final >= fall) {
      return {
        rule: 'progress',
        level: 'warning',
        because,
        numbers,
        text: `Held-out accuracy fell again: from ${formatPercent(best)} at its best to ${formatPercent(final)} at the end. Lower the learning rate, or take the checkpoint of the best evaluation.`,
      }
    }
    if (final - initial >= gain) return undefined
    return {
      rule: 'progress',
      level: 'warning',
      because,
      numbers,
      text: `Held-out accuracy did not rise: ${formatPercent(initial)} before training, ${formatPercent(final)} after. Look at the groups first: without a success somewhere there is nothing to learn from.`,
    }
  }
}

function accuracies(run: Run): number[] {
  return run.evaluations.flatMap(({ metrics }) => metrics[`eval/${headlineOf(run)}`] ?? [])
}
