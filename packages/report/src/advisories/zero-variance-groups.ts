import { type AdvisoryRule, formatPercent } from './advisory.ts'
import { recentMean } from './recent.ts'

/**
 * Speaks when most groups have no spread of rewards: such a group has no advantage, so its tokens
 * were sampled for nothing. Silent where nothing is sampled: what is demonstrated always succeeds.
 *
 * @example
 * import { advise, zeroVarianceGroups, readRun } from '@icrl/report'
 * console.log(advise(await readRun('runs/first'), [zeroVarianceGroups({ share: 0.5 })]))
 */
export function zeroVarianceGroups({
  share = 0.8,
  window = 10,
}: { readonly share?: number; readonly window?: number } = {}): AdvisoryRule {
  return ({ metrics }) => {
    const zeroVariance = recentMean(metrics, 'groups/zero_variance_solver', window)
    const reward = recentMean(metrics, 'reward/solver', window)
    if (metrics.at(-1)?.['tokens/sampled_total'] === 0) return undefined
    if (zeroVariance === undefined || reward === undefined || zeroVariance < share) return undefined
    const isSolved = reward > 0.85
    const cause = isSolved
      ? 'nearly all of them succeed: the tasks have become too easy'
      : reward < 0.15
        ? 'nearly all of them fail: the tasks are too hard'
        : 'some tasks are too hard and the others too easy'
    const remedy = isSolved
      ? 'Take harder tasks, or stop here.'
      : 'Take tasks nearer to what the model can do, more sessions per task, or a critique to get a first success.'
    return {
      rule: 'zero-variance-groups',
      level: isSolved ? 'notice' : 'warning',
      text: `${formatPercent(zeroVariance)} of solver groups have zero variance: every session of the task got the same reward, and ${cause}. A zero-variance group teaches nothing. ${remedy}`,
      because: `Said when at least ${formatPercent(share)} of the solver groups of the last ${window} steps have zero variance.`,
      numbers: { 'groups/zero_variance_solver': zeroVariance, 'reward/solver': reward },
    }
  }
}
