import { type AdvantageRule, IcrlError, type Sample } from '@icrl/core'

/** Options of {@link batchWhitening}. */
export interface BatchWhiteningOptions {
  /** Added to the variance. @defaultValue 1e-8 */
  readonly epsilon?: number
}

interface TokenMoments {
  readonly count: number
  readonly mean: number
  /** Sample variance, with `count − 1` in the denominator. */
  readonly variance: number
}

/**
 * Standardizes another rule's advantages over all trained tokens of the batch:
 *
 *     A'_t = (A_t − mean_t A_t) / √(var_t A_t + ε)
 *
 * REINFORCE++ (Hu 2025, arXiv 2501.03262), global masked whitening with the sample variance. A long
 * response counts more than a short one; to count every sample once, use
 * `groupAdvantage({ by: groupBy(), baseline: meanStd() })`. If all tokens agree, or there are fewer
 * than two, the advantages are 0.
 *
 * @throws `non-finite` naming the sample and token whose advantage is not a finite number
 * @example
 * import { batchWhitening, groupAdvantage, groupBy, mean } from '@icrl/advantage'
 * const rule = batchWhitening(groupAdvantage({ by: groupBy('task'), baseline: mean() }))
 */
export function batchWhitening<S>(
  rule: AdvantageRule<S>,
  { epsilon = 1e-8 }: BatchWhiteningOptions = {},
): AdvantageRule<S & Pick<Sample, 'id' | 'mask'>> {
  return (samples) => {
    const advantages = rule(samples)
    const { count, mean, variance } = momentsOf(samples, advantages)
    if (count < 2 || variance === 0) return advantages.map(() => 0)
    const scale = 1 / Math.sqrt(variance + epsilon)
    const whiten = (value: number): number => (value - mean) * scale
    return advantages.map((advantage, i) =>
      typeof advantage === 'number'
        ? whiten(advantage)
        : advantage.map((value, t) => (samples[i].mask[t] ? whiten(value) : 0)),
    )
  }
}

function momentsOf(
  samples: readonly Pick<Sample, 'id' | 'mask'>[],
  advantages: readonly (number | Float32Array)[],
): TokenMoments {
  let count = 0
  let mean = 0
  let squares = 0
  let first: number | undefined
  let flat = true
  // Welford: one pass, and equal values give a variance of exactly 0.
  samples.forEach(({ id, mask }, i) => {
    const advantage = advantages[i]
    mask.forEach((trained, t) => {
      if (!trained) return
      const value = typeof advantage === 'number' ? advantage : advantage[t]
      if (!Number.isFinite(value)) throw notFinite(id, t, value)
      first ??= value
      flat &&= value === first
      count += 1
      const before = value - mean
      mean += before / count
      squares += before * (value - mean)
    })
  })
  return { count, mean, variance: flat ? 0 : squares / (count - 1) }
}

function notFinite(sample: string, token: number, value: number): IcrlError {
  return new IcrlError(`advantage: sample ${sample}, token ${token} has the advantage ${value}.`, {
    code: 'non-finite',
    remedy: 'Fix the reward or the rule that gave it: one such token would spoil the whole batch.',
  })
}
