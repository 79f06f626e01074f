import { groupAdvantage, groupBy, meanStd } from '@icrl/advantage'
import type { Recipe, Task } from '@icrl/core'
import { gspo as gspoObjective, sequenceMeanTokenMean } from '@icrl/objective'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link gspo}. */
export interface GspoOptions<T extends Task = Task> extends RolloutOptions<T> {
  /** Default: 3e-4. */
  readonly clipLow?: number
  /** Default: 4e-4. */
  readonly clipHigh?: number
}

/**
 * GSPO (Zheng et al. 2025, arXiv 2507.18071): GRPO whose ratio and clip belong to the whole
 * response. Four minibatches by default: with one, every ratio is 1.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { gspo } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const recipe = gspo({ attempt })
 */
export function gspo<T extends Task>({
  clipLow = 3e-4,
  clipHigh = 4e-4,
  minibatches = 4,
  ...rollout
}: GspoOptions<T>): Recipe<T> {
  return solverRecipe(
    'gspo',
    { ...rollout, minibatches },
    {
      advantages: groupAdvantage({ by: groupBy('task'), baseline: meanStd() }),
      objective: gspoObjective({ clipLow, clipHigh }),
      aggregation: sequenceMeanTokenMean(),
      options: { clipLow, clipHigh },
    },
  )
}
