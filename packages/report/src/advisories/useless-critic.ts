import type { AdvisoryRule } from './advisory.ts'
import { formatPercent } from './format-percent.ts'
import { recentMean } from './recent.ts'

/**
 * Speaks when a critique helps no more than a plain second try: what is learnt from revisions is then exploration, not advice.
 * Over the whole run, since the lift of a critic whose advice was taken over ends at 0 too.
 *
 * @example
 * import { advise, readRun, uselessCritic } from '@icrl/report'
 * console.log(advise(await readRun('runs/first'), [uselessCritic()]))
 */
export function uselessCritic({ lift = 0.01 }: { readonly lift?: number } = {}): AdvisoryRule {
  return ({ evaluations }) => {
    const found = recentMean(evaluations.map(({ metrics }) => metrics), 'critic/lift', Infinity)
    if (found === undefined || found > lift) return undefined
    return {
      rule: 'useless-critic',
      level: 'notice',
      text: `Over the run a critique adds ${formatPercent(found)} to the success of a second attempt, over a plain retry. Whatever the revisions bring is exploration; compare with the arm whose critiques are shuffled.`,
      because: `Said when the critic’s mean lift over all evaluations is at most ${formatPercent(lift)}.`,
      numbers: { 'critic/lift': found },
    }
  }
}
