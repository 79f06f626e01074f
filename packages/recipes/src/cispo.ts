import { groupAdvantage, groupBy, meanStd } from '@icrl/advantage'
import type { Recipe, Task } from '@icrl/core'
import {
  cispo as cispoObjective,
  type CispoOptions as ClipOptions,
  tokenMean,
} from '@icrl/objective'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link cispo}. */
export interface CispoOptions<T extends Task = Task> extends RolloutOptions<T>, ClipOptions {
  /** Optimizer steps that a rollout batch is cut into. @defaultValue 4 */
  readonly minibatches?: number
}

/**
 * CISPO (MiniMax-M1, arXiv 2506.13585): GRPO whose ratio is clipped as a weight, so that no token
 * loses its gradient. Its defaults are those of the objective: no lower clip, 0.2 above. Four
 * minibatches by default: with one, every ratio is 1.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { cispo } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const recipe = cispo({ attempt })
 */
export function cispo<T extends Task>({
  clipLow = 1,
  clipHigh = 0.2,
  minibatches = 4,
  ...rollout
}: CispoOptions<T>): Recipe<T> {
  return solverRecipe(
    'cispo',
    { ...rollout, minibatches },
    {
      advantages: groupAdvantage({ by: groupBy('task'), baseline: meanStd() }),
      objective: cispoObjective({ clipLow, clipHigh }),
      aggregation: tokenMean(),
      options: { clipLow, clipHigh },
    },
  )
}
