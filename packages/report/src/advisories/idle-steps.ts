import { type AdvisoryRule, formatPercent } from './advisory.ts'
import { total } from './recent.ts'

/**
 * Explains steps without a gradient: a loss of 0 there is no fault.
 *
 * @example
 * import { advise, idleSteps, readRun } from '@icrl/report'
 * console.log(advise(await readRun('runs/first'), [idleSteps()]))
 */
export function idleSteps({ share = 0.2 }: { readonly share?: number } = {}): AdvisoryRule {
  return ({ metrics }) => {
    const idle = metrics.filter(
      (line) => line['ledger/generated'] > 0 && line['ledger/trained'] === 0,
    ).length
    if (metrics.length === 0 || idle < share * metrics.length || idle === 0) return undefined
    return {
      rule: 'idle-steps',
      level: 'notice',
      text: `${idle} of ${metrics.length} steps had nothing to train: no group’s rewards differed, the loss is 0 and the weights stayed as they were. Nothing is broken, but nothing was learned there either.`,
      because: `Said when at least ${formatPercent(share)} of the steps trained no token.`,
      numbers: { idle, steps: metrics.length, 'ledger/trained': total(metrics, 'ledger/trained') },
    }
  }
}
