import { headlineOf } from '../headline-of.ts'
import { type AdvisoryRule, formatPercent } from './advisory.ts'
import { smallest } from '../statistics/extremes.ts'

/**
 * Speaks when held-out accuracies are over some of the sessions alone, because others failed, or
 * are missing, because all did.
 *
 * @example
 * import { advise, partialEvaluations, readRun } from '@icrl/report'
 * console.log(advise(await readRun('runs/first'), [partialEvaluations()]))
 */
export function partialEvaluations(): AdvisoryRule {
  return (run) => {
    const key = `eval/${headlineOf(run)}`
    const failed = run.evaluations.filter(({ metrics }) => metrics['eval/failed'] !== undefined)
    const partial = failed.filter(({ metrics }) => metrics['eval/coverage'] !== undefined)
    if (partial.length === 0) return undefined
    const none = partial.filter(({ metrics }) => metrics[key] === undefined)
    const worst = smallest(partial.map(({ metrics }) => metrics['eval/coverage']))
    const missing =
      none.length > 0
        ? ` After ${none.map(({ step }) => step).join(', ')} steps none finished, and there is no accuracy.`
        : ''
    return {
      rule: 'partial-evaluations',
      level: 'warning',
      text: `Held-out accuracies after ${partial.map(({ step }) => step).join(', ')} steps leave out sessions that failed: as few as ${formatPercent(worst)} count.${missing} Compare bounds them: it counts what failed as no success.`,
      because: 'Said when sessions of an evaluation failed before an attempt ended.',
      numbers: { evaluations: partial.length, coverage: worst },
    }
  }
}
