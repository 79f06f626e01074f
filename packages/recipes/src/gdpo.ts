import { batchWhitening, componentAdvantage, groupBy, meanStd } from '@icrl/advantage'
import type { Recipe, Task } from '@icrl/core'
import { clippedSurrogate, tokenMean } from '@icrl/objective'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link gdpo}. */
export interface GdpoOptions<T extends Task = Task> extends RolloutOptions<T> {
  /**
   * Weights of the reward's named components, which the verifier reports.
   *
   * @defaultValue the outcome alone, which is GRPO whitened over the batch
   */
  readonly components?: Readonly<Record<string, number>>
  /** ε_low: ratios below 1 − ε_low stop contributing. @defaultValue 0.2 */
  readonly clipLow?: number
  /** ε_high: ratios above 1 + ε_high stop contributing. @defaultValue 0.28 */
  readonly clipHigh?: number
}

/**
 * GDPO (arXiv 2601.05242): GRPO that standardizes each component of the reward within the group,
 * then adds them up and whitens over the batch.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { gdpo } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const recipe = gdpo({ attempt })
 */
export function gdpo<T extends Task>({
  components = { outcome: 1 },
  clipLow = 0.2,
  clipHigh = 0.28,
  ...rollout
}: GdpoOptions<T>): Recipe<T> {
  return solverRecipe('gdpo', rollout, {
    advantages: batchWhitening(
      componentAdvantage({ by: groupBy('task'), baseline: meanStd(), components }),
    ),
    objective: clippedSurrogate({ clipLow, clipHigh }),
    aggregation: tokenMean(),
    options: { components, clipLow, clipHigh },
  })
}
