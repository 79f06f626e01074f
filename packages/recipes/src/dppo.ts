import { groupAdvantage, groupBy, meanStd } from '@icrl/advantage'
import type { Recipe, Task } from '@icrl/core'
import { binaryKl, binaryTv, dppo as dppoObjective, tokenMean } from '@icrl/objective'
import { partNamed } from './options/part-named.ts'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link dppo}. */
export interface DppoOptions<T extends Task = Task> extends RolloutOptions<T> {
  /** Total variation, or KL, of "this token or another". @defaultValue `tv` */
  readonly divergence?: 'tv' | 'kl'
  /** Bound for tokens under a negative advantage. @defaultValue 0.2 */
  readonly boundLow?: number
  /** Bound for tokens under a positive advantage. @defaultValue 0.2 */
  readonly boundHigh?: number
  /** Most that a ratio counts. @defaultValue 20 */
  readonly maxRatio?: number
  /** Optimizer steps that a rollout batch is cut into. @defaultValue 4 */
  readonly minibatches?: number
}

/**
 * DPPO (arXiv 2602.04879): GRPO whose trust region bounds a divergence instead of the ratio. The
 * default bounds are ours. Four
 * minibatches by default: with one, every ratio is 1.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { dppo } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const recipe = dppo({ attempt })
 */
export function dppo<T extends Task>({
  divergence = 'tv',
  boundLow = 0.2,
  boundHigh = 0.2,
  maxRatio = 20,
  minibatches = 4,
  ...rollout
}: DppoOptions<T>): Recipe<T> {
  return solverRecipe(
    'dppo',
    { ...rollout, minibatches },
    {
      advantages: groupAdvantage({ by: groupBy('task'), baseline: meanStd() }),
      objective: dppoObjective({
        divergence: partNamed('divergence', { tv: binaryTv, kl: binaryKl }, divergence),
        boundLow,
        boundHigh,
        maxRatio,
      }),
      aggregation: tokenMean(),
      options: { divergence, boundLow, boundHigh, maxRatio },
    },
  )
}
