import { groupAdvantage, groupBy, mean } from '@icrl/advantage'
import type { Recipe, Task } from '@icrl/core'
import { clippedSurrogate, constantNormalizer } from '@icrl/objective'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

export interface DrGrpoOptions<T extends Task = Task> extends RolloutOptions<T> {
  readonly clipLow?: number
  readonly clipHigh?: number
  /**
   * The constant every token sum is divided by: the response budget. Only the learning rate's scale
   * depends on it.
   */
  readonly responseTokens?: number
}

/**
 * Dr.GRPO (Liu et al. 2025, arXiv 2503.20783): GRPO without the two biases, that is without the
 * deviation under the advantage and with a constant in place of the response's length.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { drGrpo } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const recipe = drGrpo({ attempt, responseTokens: 4096 })
 */
export function drGrpo<T extends Task>({
  clipLow = 0.2,
  clipHigh = 0.28,
  responseTokens = 2048,
  ...rollout
}: DrGrpoOptions<T>): Recipe<T> {
  return solverRecipe('dr-grpo', rollout, {
    advantages: groupAdvantage({ by: groupBy('task'), baseline: mean() }),
    objective: clippedSurrogate({ clipLow, clipHigh }),
    aggregation: constantNormalizer({ length: responseTokens }),
    options: { clipLow, clipHigh, responseTokens },
  })
}
