import { type AdvisoryRule, formatPercent } from './advisory.ts'
import { recent, recentMean } from './recent.ts'

/**
 * Speaks when guided attempts succeed and first ones do not, while w_t leaves next to nothing of some
 * token of each success: what the critique gave away is not learned.
 *
 * @example
 * import { advise, mutedHints, readRun } from '@icrl/report'
 * console.log(advise(await readRun('runs/first'), [mutedHints()]))
 */
export function mutedHints({
  guided = 0.05,
  first = 0.01,
  weight = 0.02,
  window = 5,
}: {
  readonly guided?: number
  readonly first?: number
  readonly weight?: number
  readonly window?: number
} = {}): AdvisoryRule {
  return ({ metrics }) => {
    const least = recentMean(metrics, 'calibration/success_min_weight', window)
    const ofGuided = recentMean(metrics, 'accuracy/guided', window)
    const ofFirst = recentMean(metrics, 'accuracy/first', window)
    if (least === undefined || ofGuided === undefined || ofFirst === undefined) return undefined
    if (recent(metrics, 'accuracy/first', window).length < window) return undefined
    if (ofGuided < guided || ofFirst > first || least > weight) return undefined
    return {
      rule: 'muted-hints',
      level: 'warning',
      text: `${formatPercent(ofGuided)} of the guided attempts succeed and ${formatPercent(ofFirst)} of the first ones: the critique helps, and nothing of it is learned. In each success some token keeps about ${least.toPrecision(1)} of its gradient, since the solver would all but never say it unprompted (\`icrl inspect RUN --step N\` names them). If that token is part of the form that is wanted, give the first steps full weight (\`curriculum\` of icrl with \`weights: 'none'\` and of icrl as it is), or set a \`minWeight\`, such as 0.3, which is slower; if it is a secret that the critique gives away, this is as it should be.`,
      because: `Said when over the last ${window} steps at least ${formatPercent(guided)} of guided and at most ${formatPercent(first)} of first attempts succeed, and the smallest weight of a success is at most ${weight} on average.`,
      numbers: {
        'calibration/success_min_weight': least,
        'accuracy/guided': ofGuided,
        'accuracy/first': ofFirst,
      },
    }
  }
}
