import type { AdvisoryRule } from './advisory.ts'

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
    const largest = Math.max(...values)
    const shared = {
      rule: 'mismatch',
      because: `Looks at what every step checked; warns above ${tolerance} nats.`,
      numbers: { 'policy/mismatch_max': largest, steps: values.length },
    }
    if (largest === 0)
      return {
        ...shared,
        level: 'good',
        text: `Sampling and training agree exactly: wherever the log-probability of a sampled token was computed again, it came out bit for bit the same.`,
      }
    if (largest <= tolerance) return undefined
    return {
      ...shared,
      level: 'warning',
      text: `Sampling and training disagree: the log-probability of a token differs by up to ${largest.toPrecision(2)} nats between the two. Ratios and weights are biased by it; use an exact backend, or find the kernel that differs.`,
    }
  }
}
