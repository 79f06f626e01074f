import { type AdvisoryRule, formatPercent } from './advisory.ts'
import { largest } from '../statistics/extremes.ts'

/**
 * Speaks when at no evaluation a critique helped more than a plain second try: what is learned from
 * revisions is then exploration, not advice. The best evaluation counts, since the lift also falls
 * to 0 when the solver has learned the critic's advice.
 *
 * @example
 * import { advise, readRun, uselessCritic } from '@icrl/report'
 * console.log(advise(await readRun('runs/first'), [uselessCritic()]))
 */
export function uselessCritic({ lift = 0.02 }: { readonly lift?: number } = {}): AdvisoryRule {
  return ({ evaluations }) => {
    const lifts = evaluations.flatMap(({ metrics }) => metrics['critic/lift'] ?? [])
    const best = largest(lifts)
    if (lifts.length === 0 || best > lift) return undefined
    return {
      rule: 'useless-critic',
      level: 'notice',
      text: `A critique never helped: at its best it added ${formatPercent(best)} to the success of a second attempt, over a plain retry. Whatever the revisions bring is exploration; compare with the arm whose critiques are shuffled.`,
      because: `Said when the critic’s lift is at most ${formatPercent(lift)} at every evaluation.`,
      numbers: { 'critic/lift': best, evaluations: lifts.length },
    }
  }
}
