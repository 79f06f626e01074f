import { type AdvantageRule, IcrlError, type Sample } from '@icrl/core'
import type { Baseline } from './baselines/baseline.ts'
import { finiteReward } from './finite-reward.ts'
import type { Grouping } from './group-by.ts'

/** Options of {@link componentAdvantage}. */
export interface ComponentAdvantageOptions {
  /** Which samples are compared with each other. */
  readonly by: Grouping
  /** What each component's rewards are measured against, within a group. */
  readonly baseline: Baseline
  /** Weight of each named component of the reward. */
  readonly components: Readonly<Record<string, number>>
}

/**
 * Compares every component of the reward within the group by itself, then adds up:
 *
 *     A_i = Σ_k λ_k · baseline(r_k)_i
 *
 * so that a component with a large spread does not drown the others, and different mixtures of
 * components keep different advantages. GDPO (arXiv 2601.05242) with `meanStd`, whitened over the
 * batch by `batchWhitening`; verl's `gdpo` `[code]`.
 *
 * @throws `invalid-shape` naming a sample and the component it lacks; `non-finite`
 * @example
 * import { batchWhitening, componentAdvantage, groupBy, meanStd } from '@icrl/advantage'
 * const rule = batchWhitening(
 *   componentAdvantage({
 *     by: groupBy('task'),
 *     baseline: meanStd(),
 *     components: { accuracy: 1, format: 0.5 },
 *   }),
 * )
 */
export function componentAdvantage({
  by,
  baseline,
  components,
}: ComponentAdvantageOptions): AdvantageRule<Pick<Sample, 'id' | 'keys' | 'rewards'>> {
  return (samples) => {
    const advantages = new Array<number>(samples.length).fill(0)
    for (const group of by(samples))
      for (const [name, weight] of Object.entries(components)) {
        const values = baseline(group.map((index) => componentOf(samples[index], name)))
        group.forEach((index, i) => (advantages[index] += weight * values[i]))
      }
    return advantages
  }
}

function componentOf({ id, rewards }: Pick<Sample, 'id' | 'rewards'>, name: string): number {
  if (Object.hasOwn(rewards, name)) return finiteReward({ id, reward: rewards[name] })
  throw new IcrlError(`componentAdvantage: sample ${id} has no reward component "${name}".`, {
    code: 'invalid-shape',
    remedy: `It has ${Object.keys(rewards).join(', ') || 'none'}; let the verifier report it.`,
  })
}
