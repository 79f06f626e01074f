import { groupAdvantage, groupBy, meanStd } from '@icrl/advantage'
import type { Recipe, Task } from '@icrl/core'
import {
  sapo as sapoObjective,
  type SapoOptions as GateOptions,
  sequenceMeanTokenMean,
} from '@icrl/objective'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link sapo}. */
export interface SapoOptions<T extends Task = Task> extends RolloutOptions<T>, GateOptions {
  /** Optimizer steps that a rollout batch is cut into. @defaultValue 4 */
  readonly minibatches?: number
}

/**
 * SAPO (Gao et al. 2025, arXiv 2511.20347): GRPO with a soft gate in place of the clip. Four
 * minibatches by default: with one, every ratio is 1.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { sapo } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const recipe = sapo({ attempt })
 */
export function sapo<T extends Task>({
  temperature = 1,
  negativeTemperature = 1.05,
  minibatches = 4,
  ...rollout
}: SapoOptions<T>): Recipe<T> {
  return solverRecipe(
    'sapo',
    { ...rollout, minibatches },
    {
      advantages: groupAdvantage({ by: groupBy('task'), baseline: meanStd() }),
      objective: sapoObjective({ temperature, negativeTemperature }),
      aggregation: sequenceMeanTokenMean(),
      options: { temperature, negativeTemperature },
    },
  )
}
