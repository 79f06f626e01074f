import { dropZeroVarianceGroups, groupAdvantage, groupBy, meanStd } from '@icrl/advantage'
import type { AttemptProtocol, Recipe, Task } from '@icrl/core'
import { clippedSurrogate, tokenMean } from '@icrl/objective'
import { solveOnce } from '@icrl/rollout'
import { checkCoefficients } from './options/check-options.ts'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link critiqueRlMixture}. */
export interface CritiqueRlMixtureOptions<T extends Task = Task> extends RolloutOptions<T> {
  /** How a task is judged: its verifier rewards the verdict that agrees with the label. */
  readonly judge: AttemptProtocol<T>
  /** True for tasks that are to be judged: a question with somebody's answer. */
  readonly isJudged: (task: T) => boolean
  /** Share of a step's tasks that are judged, 0 to 1. @defaultValue 0.2 */
  readonly judgedShare?: number
  /** ε_low: ratios below 1 − ε_low stop contributing. @defaultValue 0.2 */
  readonly clipLow?: number
  /** ε_high: ratios above 1 + ε_high stop contributing. @defaultValue 0.3 */
  readonly clipHigh?: number
}

/**
 * Critique reinforcement learning in a mixture, CRL, of Critique-Coder (arXiv 2509.22824): most
 * tasks are solved, some are judged, by one policy with one loss; a judge is rewarded where its
 * verdict equals the label `[code]`. GRPO with G = 8, clip 0.2/0.3, token mean and groups of equal
 * rewards dropped. Over n steps exactly ⌊share · n · tasks⌋ tasks are judged. Theirs are programs and
 * their tests; ours are any tasks with a verifier.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { critiqueRlMixture } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * declare const judge: AttemptProtocol<QuestionTask>
 * const recipe = critiqueRlMixture({ attempt, judge, isJudged: ({ id }) => id.startsWith('judge') })
 */
export function critiqueRlMixture<T extends Task>({
  judge,
  isJudged,
  judgedShare = 0.2,
  clipLow = 0.2,
  clipHigh = 0.3,
  ...rollout
}: CritiqueRlMixtureOptions<T>): Recipe<T> {
  const { attempt } = rollout
  checkCoefficients('critique-rl-mixture', { judgedShare, 'solved share': 1 - judgedShare })
  const solved = solveOnce(attempt)
  const judged = solveOnce(judge)
  return solverRecipe('critique-rl-mixture', rollout, {
    collectOf:
      ({ tasksPerStep, sessionsPerTask }) =>
      async (context) => {
        const judgedBefore = (step: number): number => Math.floor(step * tasksPerStep * judgedShare)
        const count = judgedBefore(context.step + 1) - judgedBefore(context.step)
        const toJudge = count > 0 ? context.take(count, isJudged) : []
        const toSolve =
          count < tasksPerStep ? context.take(tasksPerStep - count, (task) => !isJudged(task)) : []
        return [
          ...(await context.run(solved, toSolve, sessionsPerTask)),
          ...(await context.run(judged, toJudge, sessionsPerTask)),
        ]
      },
    filters: [dropZeroVarianceGroups(groupBy('task'))],
    advantages: groupAdvantage({ by: groupBy('task'), baseline: meanStd() }),
    objective: clippedSurrogate({ clipLow, clipHigh }),
    aggregation: tokenMean(),
    options: { judgedShare, clipLow, clipHigh },
  })
}
