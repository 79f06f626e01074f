import { groupAdvantage, groupBy, mean } from '@icrl/advantage'
import type { Recipe, Task } from '@icrl/core'
import { clippedSurrogate, constantNormalizer, routed, shapedLikelihood } from '@icrl/objective'
import { solveOnce } from '@icrl/rollout'
import { type Demonstration, demonstrationSample } from './collect/collect-demonstrations.ts'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link luffy}. */
export interface LuffyOptions<T extends Task = Task> extends RolloutOptions<T> {
  /** An expert's right answers to a task, with the stop id; none: the group is the policy's own. */
  readonly demonstrate: (task: T) => readonly Demonstration[]
  /** γ of the expert's f(π) = π/(π + γ). @defaultValue 0.1 */
  readonly gamma?: number
  /** The constant that token sums are divided by: the response budget. @defaultValue 2048 */
  readonly responseTokens?: number
  /** The policy's own answers to each task. @defaultValue 7 */
  readonly sessionsPerTask?: number
}

/**
 * LUFFY (Yan et al. 2025, arXiv 2504.14945): an expert's answer joins the policy's own in one group
 * `[code]`:
 *
 *     L = −1/(N L_max) Σ_t ρ_t A               for the policy's answers, without a clip
 *         −1/(N L_max) Σ_t f(π_θ(y_t)) A,  f(π) = π/(π + γ)    for the expert's
 *
 * A is the reward less the mean of the whole group; an expert's answer has the reward 1. f lifts
 * tokens that are unlikely under the policy: its slope is largest at π = γ. Published: 7 answers and 1
 * expert's, which is the default.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { luffy, type Demonstration } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * declare const expert: ReadonlyMap<string, Demonstration>
 * const recipe = luffy({ attempt, demonstrate: ({ id }) => [expert.get(id)!] })
 */
export function luffy<T extends Task>({
  demonstrate,
  gamma = 0.1,
  responseTokens = 2048,
  sessionsPerTask = 7,
  ...rollout
}: LuffyOptions<T>): Recipe<T> {
  const { attempt } = rollout
  const protocol = solveOnce(attempt)
  return solverRecipe(
    'luffy',
    { ...rollout, sessionsPerTask },
    {
      collectOf:
        ({ tasksPerStep, sessionsPerTask: own }) =>
        async (context) => {
          const tasks = context.take(tasksPerStep)
          const sessions = await context.run(protocol, tasks, own)
          const unique = [...new Map(tasks.map((task) => [task.id, task])).values()]
          const experts = unique.map((task) => ({
            task: task.id,
            session: own,
            samples: demonstrate(task).map((one, i) =>
              demonstrationSample(one, { task: task.id, step: context.step, index: i }),
            ),
            outcomes: [],
            transcript: [],
          }))
          return [...sessions, ...experts]
        },
      advantages: groupAdvantage({ by: groupBy('task'), baseline: mean() }),
      objective: routed({
        when: ({ origin }) => origin === 'expert',
        use: shapedLikelihood({ gamma }),
        otherwise: clippedSurrogate({ clipLow: Infinity, clipHigh: Infinity }),
      }),
      aggregation: constantNormalizer({ length: responseTokens }),
      options: { gamma, responseTokens },
    },
  )
}
