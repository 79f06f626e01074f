import { type AdvisoryRule, formatPercent } from './advisory.ts'
import { total } from './recent.ts'

/**
 * Speaks when most sampled tokens had an advantage of 0.
 *
 * @example
 * import { advise, idleTokens, readRun } from '@icrl/report'
 * console.log(advise(await readRun('runs/first'), [idleTokens()]))
 */
export function idleTokens({ share = 0.7 }: { readonly share?: number } = {}): AdvisoryRule {
  return ({ metrics }) => {
    const generated = total(metrics, 'ledger/generated')
    const idle = total(metrics, 'ledger/zero_advantage') / generated
    if (generated === 0 || idle < share) return undefined
    return {
      rule: 'idle-tokens',
      level: 'notice',
      text: `${formatPercent(idle)} of the sampled tokens had no part in the loss, because their group’s rewards were all equal. The run paid for them and learned nothing from them.`,
      because: `Said when at least ${formatPercent(share)} of all sampled tokens had an advantage of 0.`,
      numbers: { generated, 'ledger/zero_advantage': idle },
    }
  }
}
