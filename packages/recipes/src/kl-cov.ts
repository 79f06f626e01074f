import { groupAdvantage, groupBy, meanStd } from '@icrl/advantage'
import type { Recipe, Task } from '@icrl/core'
import {
  klCov as klCovObjective,
  type KlCovOptions as CovarianceOptions,
  tokenMean,
} from '@icrl/objective'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link klCov}. */
export interface KlCovOptions<T extends Task = Task> extends RolloutOptions<T>, CovarianceOptions {
  /** Optimizer steps that a rollout batch is cut into. @defaultValue 4 */
  readonly minibatches?: number
}

/**
 * KL-Cov (Cui et al. 2025, arXiv 2505.22617): GRPO without a clip, in which a few of the tokens that
 * take entropy away are held back by a penalty. Four
 * minibatches by default: with one, every ratio is 1.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { klCov } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const recipe = klCov({ attempt })
 */
export function klCov<T extends Task>({
  share = 2e-4,
  coefficient = 1,
  minibatches = 4,
  ...rollout
}: KlCovOptions<T>): Recipe<T> {
  return solverRecipe(
    'kl-cov',
    { ...rollout, minibatches },
    {
      advantages: groupAdvantage({ by: groupBy('task'), baseline: meanStd() }),
      objective: klCovObjective({ share, coefficient }),
      aggregation: tokenMean(),
      options: { share, coefficient },
    },
  )
}
