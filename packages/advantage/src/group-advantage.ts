import type { Baseline } from './baselines/baseline.ts'
import { finiteReward, type Rewarded } from './finite-reward.ts'
import type { Grouping, Keyed } from './group-by.ts'
import { warnOnce } from './warn-once.ts'

const ALONE =
  'icrl: every group has one sample, whose advantage is 0, so nothing is learned: run more sessions of a task, or group samples by less.'

/** Options of {@link groupAdvantage}. */
export interface GroupAdvantageOptions {
  /** Which samples are compared with each other. */
  readonly by: Grouping
  /** How a group's rewards become its advantages. */
  readonly baseline: Baseline
}

/**
 * Advantages `[samples]`, each a number for the whole response: an `AdvantageRule` that reads a
 * sample's id, keys and reward.
 */
export type ResponseAdvantage = (samples: readonly (Keyed & Rewarded)[]) => number[]

/**
 * The advantage of each sample within its group, the same for all its tokens. Where every group has
 * one sample and no advantage, as without a second session of a task, it says so once on the console:
 * nothing can be learned there.
 *
 * @returns a rule that gives one number per sample, and an empty list for an empty batch
 * @throws `non-finite` naming the sample whose reward is not a finite number
 * @example
 * import { groupAdvantage, groupBy, mean, meanStd } from '@icrl/advantage'
 * const grpo = groupAdvantage({ by: groupBy('task'), baseline: meanStd() })
 * const pooledOverTheBatch = groupAdvantage({ by: groupBy(), baseline: mean() })
 *
 * const keys = { task: 'q', role: 'solver', session: 0, round: 1, branch: 0 }
 * grpo([
 *   { id: 'a', keys, reward: 1 },
 *   { id: 'b', keys, reward: 0 },
 * ]) // [0.707, -0.707]
 */
export function groupAdvantage({ by, baseline }: GroupAdvantageOptions): ResponseAdvantage {
  return (samples) => {
    const advantages = new Array<number>(samples.length).fill(0)
    const groups = by(samples)
    for (const group of groups) {
      const values = baseline(group.map((index) => finiteReward(samples[index])))
      group.forEach((index, i) => (advantages[index] = values[i]))
    }
    const areAllAlone = groups.length > 0 && groups.every(({ length }) => length === 1)
    if (areAllAlone && advantages.every((advantage) => advantage === 0)) warnOnce(ALONE)
    return advantages
  }
}
