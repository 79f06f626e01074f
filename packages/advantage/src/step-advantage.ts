import type { AdvantageRule, Sample } from '@icrl/core'
import type { Baseline } from './baselines/baseline.ts'
import { finiteReward } from './finite-reward.ts'
import type { Grouping } from './group-by.ts'

/** Options of {@link stepAdvantage}. */
export interface StepAdvantageOptions {
  /** Which trajectories are compared with each other. */
  readonly by: Grouping
  /** What the returns of a group's steps are measured against. */
  readonly baseline: Baseline
  /** γ of a step's return, in [0, 1]. @defaultValue 0.95 */
  readonly discount?: number
  /** ω of the steps' advantages. @defaultValue 1 */
  readonly stepWeight?: number
}

/** What the rule reads of a trajectory. */
export type Trajectory = Pick<
  Sample,
  'id' | 'keys' | 'reward' | 'mask' | 'response' | 'trainedUnder'
> &
  Partial<Pick<Sample, 'tokenRewards'>>

/**
 * Compares trajectories, and within them the steps that several trajectories took from the same
 * state:
 *
 *     A_t = baseline(r over trajectories) + ω · baseline(R over steps from the same anchor)
 *     R_k = Σ_{j ≥ k} γ^{j−k} r_j
 *
 * GiGPO (Feng et al. 2025, arXiv 2505.10978) `[mem]`. A step is a turn, a run of trained tokens; its
 * anchor is what was observed last before it, token for token (before the first turn, the prompt).
 * Steps earn `tokenRewards`; without them the last step earns the trajectory's reward. A step that
 * nobody else took from its state has no step advantage (there it keeps its raw return).
 *
 * @throws `non-finite` naming the sample whose reward is not a finite number
 * @example
 * import { groupBy, meanStd, stepAdvantage } from '@icrl/advantage'
 * const rule = stepAdvantage({ by: groupBy('task'), baseline: meanStd() })
 */
export function stepAdvantage({
  by,
  baseline,
  discount = 0.95,
  stepWeight = 1,
}: StepAdvantageOptions): AdvantageRule<Trajectory> {
  return (samples) => {
    const advantages = samples.map(({ mask }) => new Float32Array(mask.length))
    for (const group of by(samples)) {
      const whole = baseline(group.map((index) => finiteReward(samples[index])))
      const anchors = new Map<string, AnchoredStep[]>()
      group.forEach((index, i) => {
        for (const step of stepsOf(samples[index], index, discount)) {
          anchors.set(step.anchor, [...(anchors.get(step.anchor) ?? []), step])
          advantages[index].fill(whole[i], step.start, step.end)
        }
      })
      for (const steps of anchors.values()) {
        const values = baseline(steps.map(({ earned }) => earned))
        steps.forEach(({ index, start, end }, i) => {
          for (let t = start; t < end; t++) advantages[index][t] += stepWeight * values[i]
        })
      }
    }
    return advantages
  }
}

/** A turn: tokens `start` to before `end` of sample `index`. */
interface AnchoredStep {
  readonly index: number
  readonly start: number
  readonly end: number
  /** The ids before it, back to the turn before. */
  readonly anchor: string
  /** Its discounted return. */
  readonly earned: number
}

function stepsOf(sample: Trajectory, index: number, discount: number): AnchoredStep[] {
  const { mask, response, trainedUnder, tokenRewards } = sample
  const turns: { start: number; end: number; anchor: string }[] = []
  for (let t = 0, before = 0; t < mask.length; t++) {
    if (!mask[t]) continue
    let end = t
    while (end < mask.length && mask[end]) end++
    const seen = turns.length === 0 ? trainedUnder : response.subarray(before, t)
    turns.push({ start: t, end, anchor: seen.join() })
    before = t = end
  }
  let ahead = 0
  return turns
    .map((turn, k) => ({ ...turn, isLast: k === turns.length - 1 }))
    .reverse()
    .map(({ isLast, ...turn }) => {
      const reward = tokenRewards
        ? tokenRewards.subarray(turn.start, turn.end).reduce((sum, value) => sum + value, 0)
        : isLast
          ? sample.reward
          : 0
      ahead = reward + discount * ahead
      return { ...turn, index, earned: ahead }
    })
    .reverse()
}
