import { batchWhitening, groupAdvantage, groupBy, mean, tokenReturns } from '@icrl/advantage'
import type { AdvantageRule, Recipe, Task } from '@icrl/core'
import { clippedSurrogate, tokenMean } from '@icrl/objective'
import { checkCoefficients } from './options/check-options.ts'
import { partNamed } from './options/part-named.ts'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link reinforcePlusPlus}. */
export interface ReinforcePlusPlusOptions<T extends Task = Task> extends RolloutOptions<T> {
  /** ε_low: ratios below 1 − ε_low stop contributing. @defaultValue 0.2 */
  readonly clipLow?: number
  /** ε_high: ratios above 1 + ε_high stop contributing. @defaultValue 0.28 */
  readonly clipHigh?: number
  /**
   * What is subtracted before whitening: nothing, or each task's mean (REINFORCE++-baseline).
   *
   * @defaultValue `none`
   */
  readonly baseline?: 'none' | 'group'
  /** β of the KL subtracted from each token's reward, with `baseline: 'none'`. @defaultValue 0 */
  readonly klRewardCoefficient?: number
}

/**
 * REINFORCE++ (Hu 2025, arXiv 2501.03262): token returns whitened over the whole batch, clipped
 * surrogate, no value model and no groups. With `baseline: 'group'` it is the variant for
 * reasoning, whose KL belongs in the loss (`klCoefficient`, `klEstimator: 'k2'`).
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { reinforcePlusPlus } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const recipe = reinforcePlusPlus({ attempt, sessionsPerTask: 1, tasksPerStep: 128 })
 */
export function reinforcePlusPlus<T extends Task>(options: ReinforcePlusPlusOptions<T>): Recipe<T> {
  const {
    clipLow = 0.2,
    clipHigh = 0.28,
    baseline = 'none',
    klRewardCoefficient = 0,
    ...rollout
  } = options
  checkCoefficients('reinforcePlusPlus', { klRewardCoefficient })
  const parts: Record<string, AdvantageRule> = {
    none: tokenReturns({ klCoefficient: klRewardCoefficient }),
    group: groupAdvantage({ by: groupBy('task'), baseline: mean() }),
  }
  return solverRecipe('reinforce++', rollout, {
    wantsReference: klRewardCoefficient > 0,
    advantages: batchWhitening(partNamed('baseline', parts, baseline)),
    objective: clippedSurrogate({ clipLow, clipHigh }),
    aggregation: tokenMean(),
    options: { clipLow, clipHigh, baseline, klRewardCoefficient },
  })
}
