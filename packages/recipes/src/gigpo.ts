import { groupBy, meanStd, stepAdvantage } from '@icrl/advantage'
import type { Recipe, Task } from '@icrl/core'
import { clippedSurrogate, tokenMean } from '@icrl/objective'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link gigpo}. */
export interface GigpoOptions<T extends Task = Task> extends RolloutOptions<T> {
  /** γ of a step's return. @defaultValue 0.95 */
  readonly discount?: number
  /** ω of the steps' advantages. @defaultValue 1 */
  readonly stepWeight?: number
  /** ε_low: ratios below 1 − ε_low stop contributing. @defaultValue 0.2 */
  readonly clipLow?: number
  /** ε_high: ratios above 1 + ε_high stop contributing. @defaultValue 0.28 */
  readonly clipHigh?: number
}

/**
 * GiGPO (Feng et al. 2025, arXiv 2505.10978) for environments of many turns: GRPO over trajectories,
 * and within it over the steps that several of them took from the same state.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { gigpo } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const recipe = gigpo({ attempt })
 */
export function gigpo<T extends Task>({
  discount = 0.95,
  stepWeight = 1,
  clipLow = 0.2,
  clipHigh = 0.28,
  ...rollout
}: GigpoOptions<T>): Recipe<T> {
  return solverRecipe('gigpo', rollout, {
    advantages: stepAdvantage({ by: groupBy('task'), baseline: meanStd(), discount, stepWeight }),
    objective: clippedSurrogate({ clipLow, clipHigh }),
    aggregation: tokenMean(),
    options: { discount, stepWeight, clipLow, clipHigh },
  })
}
