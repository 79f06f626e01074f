import { type AdvisoryRule, formatPercent } from './advisory.ts'
import { recentMean } from './recent.ts'

/**
 * Speaks when much of the update is cut off by the clip.
 *
 * @example
 * import { advise, heavyClipping, readRun } from '@icrl/report'
 * console.log(advise(await readRun('runs/first'), [heavyClipping({ share: 0.2 })]))
 */
export function heavyClipping({
  share = 0.3,
  window = 10,
}: { readonly share?: number; readonly window?: number } = {}): AdvisoryRule {
  return ({ metrics }) => {
    const clipped = recentMean(metrics, 'policy/clip_fraction', window)
    if (clipped === undefined || clipped < share) return undefined
    return {
      rule: 'heavy-clipping',
      level: 'warning',
      text: `${formatPercent(clipped)} of tokens are clipped: the policy moves further in a step than the objective allows. Lower the learning rate, or make fewer optimizer steps per batch.`,
      because: `Said when at least ${formatPercent(share)} of the tokens of the last ${window} steps are clipped.`,
      numbers: { 'policy/clip_fraction': clipped },
    }
  }
}
