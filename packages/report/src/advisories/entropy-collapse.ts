import { type AdvisoryRule, formatPercent } from './advisory.ts'
import { recentMean } from './recent.ts'

/**
 * Speaks when the policy has all but stopped exploring while it still fails.
 *
 * @example
 * import { advise, entropyCollapse, readRun } from '@icrl/report'
 * console.log(advise(await readRun('runs/first'), [entropyCollapse()]))
 */
export function entropyCollapse({
  share = 0.1,
  window = 5,
}: { readonly share?: number; readonly window?: number } = {}): AdvisoryRule {
  return ({ metrics }) => {
    const first = recentMean(metrics.slice(0, window), 'policy/entropy', window)
    const last = recentMean(metrics, 'policy/entropy', window)
    const reward = recentMean(metrics, 'accuracy/first', window)
    if (
      metrics.length < 2 * window ||
      first === undefined ||
      last === undefined ||
      first <= 0 ||
      last >= share * first ||
      (reward ?? 0) > 0.85
    )
      return undefined
    return {
      rule: 'entropy-collapse',
      level: 'warning',
      text: `The policy’s entropy fell to ${formatPercent(last / first)} of what it was (${first.toFixed(3)} → ${last.toFixed(3)}) while first attempts succeed in ${formatPercent(reward ?? 0)}: it no longer tries anything new. Lower the learning rate, clip higher above than below, or add an entropy bonus.`,
      because: `Said when the entropy of the last ${window} steps is below ${formatPercent(share)} of that of the first ${window} and at most 85% of first attempts succeed.`,
      numbers: { first, last, ...(reward !== undefined && { 'accuracy/first': reward }) },
    }
  }
}
