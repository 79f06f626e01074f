import { groupAdvantage, groupBy, meanStd } from '@icrl/advantage'
import type { Recipe, Task } from '@icrl/core'
import {
  clipCov as clipCovObjective,
  type ClipCovOptions as CovarianceOptions,
  tokenMean,
} from '@icrl/objective'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link clipCov}. */
export interface ClipCovOptions<T extends Task = Task>
  extends RolloutOptions<T>, CovarianceOptions {
  /** Optimizer steps that a rollout batch is cut into. @defaultValue 4 */
  readonly minibatches?: number
}

/**
 * Clip-Cov (Cui et al. 2025, arXiv 2505.22617): GRPO in which a few of the tokens that take entropy
 * away lose their gradient. Four
 * minibatches by default: with one, every ratio is 1.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { clipCov } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const recipe = clipCov({ attempt })
 */
export function clipCov<T extends Task>({
  clipLow = 0.2,
  clipHigh = 0.2,
  share = 2e-4,
  above = 1,
  below = 5,
  minibatches = 4,
  ...rollout
}: ClipCovOptions<T>): Recipe<T> {
  return solverRecipe(
    'clip-cov',
    { ...rollout, minibatches },
    {
      advantages: groupAdvantage({ by: groupBy('task'), baseline: meanStd() }),
      objective: clipCovObjective({ clipLow, clipHigh, share, above, below }),
      aggregation: tokenMean(),
      options: { clipLow, clipHigh, share, above, below },
    },
  )
}
