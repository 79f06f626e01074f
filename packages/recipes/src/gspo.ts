import { groupAdvantage, groupBy, meanStd } from '@icrl/advantage'
import type { Recipe, Task } from '@icrl/core'
import { gspo as gspoObjective, sequenceMeanTokenMean } from '@icrl/objective'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link gspo}. */
export interface GspoOptions<T extends Task = Task> extends RolloutOptions<T> {
  /** ε_low: ratios below 1 − ε_low stop contributing. @defaultValue 3e-4 */
  readonly clipLow?: number
  /** ε_high: ratios above 1 + ε_high stop contributing. @defaultValue 4e-4 */
  readonly clipHigh?: number
  /** Optimizer steps that a rollout batch is cut into. @defaultValue 4 */
  readonly minibatches?: number
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
