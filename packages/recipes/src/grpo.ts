import { groupAdvantage, groupBy, meanStd } from '@icrl/advantage'
import type { Recipe, Task } from '@icrl/core'
import {
  byToken,
  clippedSurrogate,
  constantNormalizer,
  sequenceMeanTokenMean,
  sequenceMeanTokenSum,
  tokenMean,
  topEntropy,
} from '@icrl/objective'
import { partNamed } from './options/part-named.ts'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link grpo}. */
export interface GrpoOptions<T extends Task = Task> extends RolloutOptions<T> {
  /** ε_low: ratios below 1 − ε_low stop contributing. @defaultValue 0.2 */
  readonly clipLow?: number
  /** ε_high: ratios above 1 + ε_high stop contributing. @defaultValue 0.28 */
  readonly clipHigh?: number
  /** c > 1: under a negative advantage ratios above c stop contributing, too. @defaultValue none */
  readonly dualClip?: number
  /**
   * Share of the batch's tokens that are trained, those of highest entropy (Wang et al. 2025, arXiv
   * 2506.01939: 0.2).
   *
   * @defaultValue 1, all
   */
  readonly topEntropyShare?: number
  /**
   * What the loss averages; the paper has `sequence-mean`. `sequence-sum` adds a response's tokens
   * up, `constant` divides that sum by `responseTokens`.
   *
   * @defaultValue `token-mean`
   */
  readonly aggregation?: 'token-mean' | 'sequence-mean' | 'sequence-sum' | 'constant'
  /** What `constant` divides by: the response budget. @defaultValue 2048 */
  readonly responseTokens?: number
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
  dualClip,
  topEntropyShare = 1,
  aggregation = 'token-mean',
  responseTokens = 2048,
  ...rollout
}: GrpoOptions<T>): Recipe<T> {
  const surrogate = clippedSurrogate({ clipLow, clipHigh, dualClip })
  const choice = topEntropy({ share: topEntropyShare })
  return solverRecipe('grpo', rollout, {
    advantages: groupAdvantage({ by: groupBy('task'), baseline: meanStd() }),
    objective: topEntropyShare < 1 ? byToken({ choice, chosen: surrogate }) : surrogate,
    aggregation: partNamed(
      'aggregation',
      {
        'token-mean': tokenMean(),
        'sequence-mean': sequenceMeanTokenMean(),
        'sequence-sum': sequenceMeanTokenSum(),
        constant: constantNormalizer({ length: responseTokens }),
      },
      aggregation,
    ),
    options: {
      clipLow,
      clipHigh,
      dualClip: dualClip ?? null,
      topEntropyShare,
      aggregation,
      ...(aggregation === 'constant' && { responseTokens }),
    },
  })
}
