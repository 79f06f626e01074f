import { groupAdvantage, groupBy, klInReward, leaveOneOut } from '@icrl/advantage'
import type { Recipe, Task } from '@icrl/core'
import { reinforce, sequenceMeanTokenSum } from '@icrl/objective'
import { checkCoefficients } from './options/check-options.ts'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link rloo}. */
export interface RlooOptions<T extends Task = Task> extends RolloutOptions<T> {
  /** β of the summed KL subtracted from a sample's reward; default: 0. */
  readonly klRewardCoefficient?: number
}

/**
 * RLOO (Ahmadian et al. 2024, arXiv 2402.14740): each attempt is compared with the mean of the
 * others, and the loss is the plain policy gradient of the whole response. It has no ratio, so it
 * is on-policy: keep one minibatch and one epoch.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { rloo } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const recipe = rloo({ attempt, sessionsPerTask: 4, klRewardCoefficient: 0.03 })
 */
export function rloo<T extends Task>({
  klRewardCoefficient = 0,
  ...rollout
}: RlooOptions<T>): Recipe<T> {
  checkCoefficients('rloo', { klRewardCoefficient })
  return solverRecipe('rloo', rollout, {
    wantsReference: klRewardCoefficient > 0,
    advantages: klInReward(groupAdvantage({ by: groupBy('task'), baseline: leaveOneOut() }), {
      coefficient: klRewardCoefficient,
    }),
    objective: reinforce(),
    aggregation: sequenceMeanTokenSum(),
    options: { klRewardCoefficient },
  })
}
