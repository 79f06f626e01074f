import { type AdvisoryRule, formatPercent } from './advisory.ts'
import { recentMean } from './recent.ts'

/**
 * Speaks when critiques give the answer away: a revision then copies instead of learning, which is
 * what w_t is meant to dampen.
 *
 * @example
 * import { advise, leakingCritic, readRun } from '@icrl/report'
 * console.log(advise(await readRun('runs/first'), [leakingCritic({ share: 0.1 })]))
 */
export function leakingCritic({
  share = 0.2,
  window = 10,
}: { readonly share?: number; readonly window?: number } = {}): AdvisoryRule {
  return ({ metrics }) => {
    const leak = recentMean(metrics, 'critic/leak_rate', window)
    if (leak === undefined || leak < share) return undefined
    return {
      rule: 'leaking-critic',
      level: 'warning',
      text: `The critic leaks the answer in ${formatPercent(leak)} of its critiques. Revisions may copy it instead of learning; keep the weights w on, tell the critic not to give answers, or lower its reward for leaks.`,
      because: `Said when at least ${formatPercent(share)} of the critiques of the last ${window} steps contain the answer.`,
      numbers: { 'critic/leak_rate': leak },
    }
  }
}
