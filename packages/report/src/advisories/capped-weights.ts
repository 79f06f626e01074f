import { type AdvisoryRule, formatPercent } from './advisory.ts'
import { recentMean } from './recent.ts'

/**
 * Speaks when the cap cuts many weights: then the cap, not the calibration, decides what is learned.
 *
 * @example
 * import { advise, cappedWeights, readRun } from '@icrl/report'
 * console.log(advise(await readRun('runs/first'), [cappedWeights()]))
 */
export function cappedWeights({
  share = 0.2,
  window = 10,
}: { readonly share?: number; readonly window?: number } = {}): AdvisoryRule {
  return ({ metrics }) => {
    const capped = recentMean(metrics, 'calibration/capped_fraction', window)
    if (capped === undefined || capped < share) return undefined
    return {
      rule: 'capped-weights',
      level: 'notice',
      text: `${formatPercent(capped)} of the weights w are cut by their cap: the solver likes these tokens far better without the critique. Critiques may be confusing it; look at sessions with capped tokens below.`,
      because: `Said when at least ${formatPercent(share)} of the revision tokens of the last ${window} steps are above the cap.`,
      numbers: { 'calibration/capped_fraction': capped },
    }
  }
}
