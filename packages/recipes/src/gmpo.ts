import { groupAdvantage, groupBy, meanStd } from '@icrl/advantage'
import type { Recipe, Task } from '@icrl/core'
import {
  gmpo as gmpoObjective,
  type GmpoOptions as ClipOptions,
  sequenceMeanTokenMean,
} from '@icrl/objective'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link gmpo}. */
export interface GmpoOptions<T extends Task = Task> extends RolloutOptions<T>, ClipOptions {
  /** Optimizer steps that a rollout batch is cut into. @defaultValue 4 */
  readonly minibatches?: number
}

/**
 * GMPO (Zhao et al. 2025, arXiv 2507.20673): GRPO whose ratio is the geometric mean of a response’s
 * clipped token ratios. Four
 * minibatches by default: with one, every ratio is 1.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { gmpo } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const recipe = gmpo({ attempt })
 */
export function gmpo<T extends Task>({
  clipLow = 0.4,
  clipHigh = 0.4,
  minibatches = 4,
  ...rollout
}: GmpoOptions<T>): Recipe<T> {
  return solverRecipe(
    'gmpo',
    { ...rollout, minibatches },
    {
      advantages: groupAdvantage({ by: groupBy('task'), baseline: meanStd() }),
      objective: gmpoObjective({ clipLow, clipHigh }),
      aggregation: sequenceMeanTokenMean(),
      options: { clipLow, clipHigh },
    },
  )
}
