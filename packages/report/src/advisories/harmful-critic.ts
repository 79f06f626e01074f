import { type AdvisoryRule, formatPercent } from './advisory.ts'
import { recentMean } from './recent.ts'

/**
 * Speaks when critiques do harm at the end of a run: they turn right answers wrong, which the
 * training gate never shows the critic, or a second attempt after a failure succeeds less often with
 * a critique than without one, which is so where the solver has outgrown its critic.
 *
 * @example
 * import { advise, harmfulCritic, readRun } from '@icrl/report'
 * console.log(advise(await readRun('runs/first'), [harmfulCritic({ share: 0.05 })]))
 */
export function harmfulCritic({
  share = 0.1,
  loss = 0.1,
  window = 3,
}: {
  /** The harm rate from which on it speaks. */
  readonly share?: number
  /** How far below 0 the lift must be. */
  readonly loss?: number
  /** Evaluations, from the last, that the means are of. */
  readonly window?: number
} = {}): AdvisoryRule {
  return ({ evaluations }) => {
    const metrics = evaluations.map((evaluation) => evaluation.metrics)
    const harm = recentMean(metrics, 'critic/harm_rate', window) ?? 0
    const lift = recentMean(metrics, 'critic/lift', window) ?? 0
    const found = [
      ...(harm >= share ? [`${formatPercent(harm)} of right answers become wrong`] : []),
      ...(lift <= -loss
        ? [`second attempts succeed ${formatPercent(-lift)} less often than plain retries`]
        : []),
    ]
    if (found.length === 0) return undefined
    return {
      rule: 'harmful-critic',
      level: 'warning',
      text: `After a critique ${found.join(', and ')}. Use the model without its critic; first attempts are what was trained. If the critic is to be used, take an earlier checkpoint, whose lift was positive, or train it on right attempts, too (gate "none").`,
      because: `Said when, in the mean of the last ${window} evaluations, the harm rate is at least ${formatPercent(share)} or the critic’s lift at most ${formatPercent(-loss)}.`,
      numbers: {
        ...(harm >= share && { 'critic/harm_rate': harm }),
        ...(lift <= -loss && { 'critic/lift': lift }),
      },
    }
  }
}
