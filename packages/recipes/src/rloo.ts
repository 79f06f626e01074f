import { groupAdvantage, groupBy, klInReward, leaveOneOut } from '@icrl/advantage'
import { IcrlError, type Recipe, type Task } from '@icrl/core'
import { reinforce, sequenceMeanTokenSum } from '@icrl/objective'
import { checkCoefficients } from './options/check-options.ts'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link rloo}. */
export interface RlooOptions<T extends Task = Task> extends RolloutOptions<T> {
  /** β of the summed KL subtracted from a sample's reward. @defaultValue 0 */
  readonly klRewardCoefficient?: number
}

/**
 * RLOO (Ahmadian et al. 2024, arXiv 2402.14740): each attempt is compared with the mean of the
 * others, and the loss is the plain policy gradient of the whole response. It has no ratio, so it
 * is on-policy: a second optimizer step on the same samples would be of other weights than drew them.
 *
 * @throws `invalid-option` naming the option, above all for more than one minibatch or epoch
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
  checkOnPolicy(rollout)
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

function checkOnPolicy<T extends Task>({ minibatches = 1, epochs = 1 }: RolloutOptions<T>): void {
  if (minibatches === 1 && epochs === 1) return
  throw new IcrlError(
    `rloo: minibatches is ${minibatches} and epochs ${epochs}, but its loss has no ratio to correct later steps.`,
    {
      code: 'invalid-option',
      remedy: 'Use one of each, or grpo, whose ratio is clipped.',
    },
  )
}
