import type { AdvisoryRule } from './advisory.ts'
import { largest } from '../statistics/extremes.ts'

/**
 * Says whether the log-probabilities from sampling are those of training. Any difference biases
 * every ratio.
 *
 * @example
 * import { advise, mismatch, readRun } from '@icrl/report'
 * console.log(advise(await readRun('runs/first'), [mismatch({ tolerance: 0 })]))
 */
export function mismatch({ tolerance = 0.01 }: { readonly tolerance?: number } = {}): AdvisoryRule {
  return ({ metrics }) => {
    const values = metrics.flatMap((line) => line['policy/mismatch_max'] ?? [])
    if (values.length === 0) return undefined
    const worst = largest(values)
    const shared = {
      rule: 'mismatch',
      because: `Looks at what every step checked; warns above ${tolerance} nats.`,
      numbers: { 'policy/mismatch_max': worst, steps: values.length },
    }
    if (worst === 0)
      return {
        ...shared,
        level: 'good',
        text: `Sampling and training agree exactly: wherever the log-probability of a sampled token was computed again, it came out bit for bit the same.`,
      }
    if (worst <= tolerance) return undefined
    return {
      ...shared,
      level: 'warning',
      text: `Sampling and training disagree: the log-probability of a token differs by up to ${worst.toPrecision(2)} nats between the two. Ratios and weights are biased by it; use an exact backend, or find the kernel that differs.`,
    }
  }
}
