import { type AdvisoryRule, formatPercent } from './advisory.ts'
import { total } from './recent.ts'

/**
 * Speaks when many sampled tokens never reach the loss because sessions failed or were cut off.
 *
 * @example
 * import { advise, lostTokens, readRun } from '@icrl/report'
 * console.log(advise(await readRun('runs/first'), [lostTokens({ share: 0.02 })]))
 */
export function lostTokens({ share = 0.1 }: { readonly share?: number } = {}): AdvisoryRule {
  return ({ metrics }) => {
    const generated = total(metrics, 'ledger/generated')
    const [failed, truncated] = [
      total(metrics, 'ledger/failed') / generated,
      total(metrics, 'ledger/truncated') / generated,
    ]
    if (generated === 0 || failed + truncated < share) return undefined
    const causes = [
      ...(failed > 0 ? [`${formatPercent(failed)} in sessions that failed`] : []),
      ...(truncated > 0
        ? [`${formatPercent(truncated)} in answers cut off at the length limit`]
        : []),
    ]
    return {
      rule: 'lost-tokens',
      level: 'warning',
      text: `${formatPercent(failed + truncated)} of the sampled tokens were lost: ${causes.join(', ')}. ${failed >= truncated ? 'See why the environment fails.' : 'Raise the token limit, or teach shorter answers.'}`,
      because: `Said when at least ${formatPercent(share)} of all sampled tokens were lost to failures or truncation.`,
      numbers: { generated, failed, truncated },
    }
  }
}
