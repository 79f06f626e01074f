import { type AdvisoryRule, formatPercent } from './advisory.ts'
import { recentMean } from './recent.ts'

/**
 * Speaks when critiques turn right answers wrong: the training gate never shows the critic a right
 * attempt.
 *
 * @example
 * import { advise, harmfulCritic, readRun } from '@icrl/report'
 * console.log(advise(await readRun('runs/first'), [harmfulCritic({ share: 0.05 })]))
 */
export function harmfulCritic({
  share = 0.1,
  window = 2,
}: { readonly share?: number; readonly window?: number } = {}): AdvisoryRule {
  return ({ evaluations }) => {
    const harm = recentMean(
      evaluations.map(({ metrics }) => metrics),
      'critic/harm_rate',
      window,
    )
    if (harm === undefined || harm < share) return undefined
    return {
      rule: 'harmful-critic',
      level: 'warning',
      text: `After a critique ${formatPercent(harm)} of right answers become wrong. The critic was never trained on right attempts: do not use it ungated, or train it with the gate off.`,
      because: `Said when the harm rate of the last ${window} evaluations is at least ${formatPercent(share)}.`,
      numbers: { 'critic/harm_rate': harm },
    }
  }
}
