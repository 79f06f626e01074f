import { type AdvisoryRule, formatPercent } from './advisory.ts'
import { total } from './recent.ts'

/**
 * Speaks when sessions of training failed: figures of the steps are then over those that did not.
 *
 * @example
 * import { advise, failedSessions, readRun } from '@icrl/report'
 * console.log(advise(await readRun('runs/first'), [failedSessions({ share: 0.01 })]))
 */
export function failedSessions({ share = 0 }: { readonly share?: number } = {}): AdvisoryRule {
  return ({ metrics }) => {
    const steps = metrics.filter((line) => line['sessions/failed'] !== undefined)
    const worst = Math.max(0, ...steps.map((line) => line['sessions/failed_share']))
    if (steps.length === 0 || worst < share) return undefined
    const failed = total(steps, 'sessions/failed')
    return {
      rule: 'failed-sessions',
      level: 'warning',
      text: `${failed} ${failed === 1 ? 'session' : 'sessions'} failed, in ${steps.length} of ${metrics.length} steps and up to ${formatPercent(worst)} of a step’s. Accuracies of those steps leave out what failed before its first attempt ended. The run’s log says why each failed.`,
      because:
        share === 0
          ? 'Said when any session failed.'
          : `Said when at least ${formatPercent(share)} of a step’s sessions failed.`,
      numbers: { failed, steps: steps.length, worst },
    }
  }
}
