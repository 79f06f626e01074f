import type { AdvisoryRule } from './advisory.ts'
import { recent, recentMean } from './recent.ts'

/**
 * Speaks when w_t stays low: revisions say what the solver would not say by itself, so it learns
 * little from them.
 *
 * @example
 * import { advise, leaningOnCritique, readRun } from '@icrl/report'
 * console.log(advise(await readRun('runs/first'), [leaningOnCritique()]))
 */
export function leaningOnCritique({
  mean = 0.4,
  window = 10,
}: { readonly mean?: number; readonly window?: number } = {}): AdvisoryRule {
  return ({ metrics }) => {
    const weight = recentMean(metrics, 'calibration/weight_mean', window)
    const first = metrics.find((line) => line['calibration/weight_mean'] !== undefined)?.[
      'calibration/weight_mean'
    ]
    if (
      weight === undefined ||
      first === undefined ||
      weight >= mean ||
      recent(metrics, 'calibration/weight_mean', window).length < window
    )
      return undefined
    return {
      rule: 'leaning-on-critique',
      level: 'notice',
      text: `Revisions lean on their critiques: the mean weight w is ${weight.toFixed(2)} (${first.toFixed(2)} at the start), so most of what they say is learned cautiously. Either the run is young, or critiques say things that cannot be known without them.`,
      because: `Said when the mean w of the last ${window} steps with revisions is below ${mean}.`,
      numbers: { 'calibration/weight_mean': weight, first },
    }
  }
}
