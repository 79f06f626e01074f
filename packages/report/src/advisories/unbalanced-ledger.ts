import type { AdvisoryRule } from './advisory.ts'

const FATES = ['failed', 'filtered', 'truncated', 'zero_advantage', 'trained'] as const

/**
 * Speaks when the counts of sampled tokens do not add up: then a figure of the run is wrong.
 *
 * @example
 * import { advise, readRun, unbalancedLedger } from '@icrl/report'
 * console.log(advise(await readRun('runs/first'), [unbalancedLedger()]))
 */
export function unbalancedLedger(): AdvisoryRule {
  return ({ metrics }) => {
    const wrong = metrics.filter(
      (line) =>
        line['ledger/generated'] !== undefined &&
        line['ledger/generated'] !==
          FATES.reduce((sum, fate) => sum + (line[`ledger/${fate}`] ?? 0), 0),
    )
    if (wrong.length === 0) return undefined
    return {
      rule: 'unbalanced-ledger',
      level: 'warning',
      text: `In ${wrong.length} steps, step ${wrong[0].step} the first, the sampled tokens are not the sum of what became of them. The metrics were changed after the run, or written by another program.`,
      because:
        'Said when a step’s generated tokens are not the sum of failed, filtered, truncated, zero-advantage and trained ones.',
      numbers: { steps: wrong.length, first: wrong[0].step },
    }
  }
}
