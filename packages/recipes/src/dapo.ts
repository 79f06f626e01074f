import {
  dropTruncated,
  eachSession,
  groupAdvantage,
  groupBy,
  hasZeroVariance,
  keepGroups,
  meanStd,
  type OverlongOptions,
  penalizeOverlong,
} from '@icrl/advantage'
import type { Recipe, Sample, Task } from '@icrl/core'
import { clippedSurrogate, tokenMean } from '@icrl/objective'
import { solveOnce } from '@icrl/rollout'
import { collectInformative } from './collect/collect-informative.ts'
import { checkCounts } from './options/check-options.ts'
import { resizable } from './resize-recipe.ts'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link dapo}. */
export interface DapoOptions<T extends Task = Task> extends RolloutOptions<T> {
  /** ε_low: ratios below 1 − ε_low stop contributing. @defaultValue 0.2 */
  readonly clipLow?: number
  /** ε_high: ratios above 1 + ε_high stop contributing. @defaultValue 0.28 */
  readonly clipHigh?: number
  /** How many times a step samples before it trains on what it has. @defaultValue 10 */
  readonly maxRounds?: number
  /**
   * Soft punishment of long responses, in tokens.
   *
   * @defaultValue none, since only you know the budget (the paper: 20480 and 4096)
   */
  readonly overlong?: OverlongOptions
  /** True: leave responses that ran into the length limit out of the loss. @defaultValue false */
  readonly filterTruncated?: boolean
}

/**
 * DAPO (Yu et al. 2025, arXiv 2503.14476): GRPO with clip-higher, dynamic sampling (tasks whose
 * attempts all have the same outcome are replaced by others), a token mean, and soft overlong
 * punishment. What counts for the replacement is outcomes, before the punishment.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { dapo } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const recipe = dapo({ attempt, overlong: { maxLength: 20480, cache: 4096 } })
 */
export function dapo<T extends Task>(options: DapoOptions<T>): Recipe<T> {
  const {
    clipLow = 0.2,
    clipHigh = 0.28,
    maxRounds = 10,
    overlong,
    filterTruncated = false,
    ...rollout
  } = options
  const { attempt, tasksPerStep = 16, sessionsPerTask = 8 } = rollout
  checkCounts('dapo', { maxRounds })
  const hasSpread = (group: readonly Sample[]): boolean =>
    !hasZeroVariance(group.map(({ reward, rewards }) => rewards.outcome ?? reward))
  const recipe = solverRecipe('dapo', rollout, {
    collect: collectInformative({
      protocol: solveOnce(attempt),
      tasksPerStep,
      sessionsPerTask,
      maxRounds,
    }),
    reward: overlong && eachSession(penalizeOverlong(overlong)),
    filters: [keepGroups(groupBy('task'), hasSpread)],
    masks: filterTruncated ? [dropTruncated()] : [],
    advantages: groupAdvantage({ by: groupBy('task'), baseline: meanStd() }),
    objective: clippedSurrogate({ clipLow, clipHigh }),
    aggregation: tokenMean(),
    options: {
      clipLow,
      clipHigh,
      maxRounds,
      overlong: overlong ? { maxLength: overlong.maxLength, cache: overlong.cache } : null,
      filterTruncated,
    },
  })
  return resizable<Recipe<T>>(recipe, (size) => dapo({ ...options, ...size }))
}
