import { groupAdvantage, groupBy, meanStd } from '@icrl/advantage'
import type { Recipe, Task } from '@icrl/core'
import { clippedSurrogate, sequenceMeanTokenMean, tokenMean } from '@icrl/objective'
import { partNamed } from './options/part-named.ts'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link grpo}. */
export interface GrpoOptions<T extends Task = Task> extends RolloutOptions<T> {
  /** Default: 0.2. */
  readonly clipLow?: number
  /** Default: 0.28. */
  readonly clipHigh?: number
  /** Default: `token-mean`; the paper has `sequence-mean`. */
  readonly aggregation?: 'token-mean' | 'sequence-mean'
}

/**
 * GRPO (Shao et al. 2024, arXiv 2402.03300): G attempts per task, rewards standardized within the
 * task's group, clipped surrogate. Its defaults differ from the paper as later practice does:
 * sample deviation, clip-higher, no KL and a token mean. With the same options, ICRL with one round
 * is this recipe to the last bit.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { grpo } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const recipe = grpo({ attempt, sessionsPerTask: 20 })
 */
export function grpo<T extends Task>({
  clipLow = 0.2,
  clipHigh = 0.28,
  aggregation = 'token-mean',
  ...rollout
}: GrpoOptions<T>): Recipe<T> {
  return solverRecipe('grpo', rollout, {
    advantages: groupAdvantage({ by: groupBy('task'), baseline: meanStd() }),
    objective: clippedSurrogate({ clipLow, clipHigh }),
    aggregation: partNamed(
      'aggregation',
      { 'token-mean': tokenMean(), 'sequence-mean': sequenceMeanTokenMean() },
      aggregation,
    ),
    options: { clipLow, clipHigh, aggregation },
  })
}
