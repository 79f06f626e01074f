import { groupAdvantage, groupBy, mean } from '@icrl/advantage'
import type { Recipe, Task } from '@icrl/core'
import { clippedSurrogate, constantNormalizer } from '@icrl/objective'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link drGrpo}. */
export interface DrGrpoOptions<T extends Task = Task> extends RolloutOptions<T> {
  /** ε_low: ratios below 1 − ε_low stop contributing. @defaultValue 0.2 */
  readonly clipLow?: number
  /** ε_high: ratios above 1 + ε_high stop contributing. @defaultValue 0.28 */
  readonly clipHigh?: number
  /**
   * The constant that every token sum is divided by: the response budget. It only changes the scale
   * of the loss.
   *
   * @defaultValue 2048
   */
  readonly responseTokens?: number
}

/**
 * Dr.GRPO (Liu et al. 2025, arXiv 2503.20783): GRPO without its two biases. Advantages are not
 * divided by the group's deviation, and token sums are divided by a constant instead of the
 * response's length.
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
