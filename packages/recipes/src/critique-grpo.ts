import { groupAdvantage, groupBy, keepSamples, mean, meanStd, replaceByBest } from '@icrl/advantage'
import type { Attempt, Recipe, Task } from '@icrl/core'
import { criticPrompt as defaultCriticPrompt, parseCritique as defaultParse } from '@icrl/critic'
import { clippedSurrogate, constantNormalizer, routed, shapedLikelihood } from '@icrl/objective'
import { type CriticOptions, neverStop, solveCritiqueRevise } from '@icrl/rollout'
import { collectSessions } from './collect/collect-sessions.ts'
import { answerAndCritique } from './options/answer-and-critique.ts'
import { partNamed } from './options/part-named.ts'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link critiqueGrpo}. */
export interface CritiqueGrpoOptions<T extends Task = Task>
  extends RolloutOptions<T>, Partial<CriticOptions<T>> {
  /** What a refinement is shown. @defaultValue the answer and the critique of it */
  readonly guidance?: (critique: string, attempt: Attempt) => string
  /** γ of the refinements' f(π) = π/(π + γ). @defaultValue 0.1 */
  readonly gamma?: number
  /**
   * What rewards are compared with; the released run also divides by the deviation.
   *
   * @defaultValue `mean`, the paper's
   */
  readonly baseline?: 'mean' | 'mean-std'
  /** The constant that token sums are divided by: the response budget. @defaultValue 2048 */
  readonly responseTokens?: number
}

/**
 * Critique-GRPO (Zhang et al. 2025, arXiv 2506.03106): each of G answers gets a critique and one
 * refinement; the best refinement takes the place of the answer that it refines, and is trained on
 * the original prompt `[code]`:
 *
 *     L = −1/(N L_max) Σ_t ρ_t A        for the G − 1 answers, without a clip
 *         −1/(N L_max) Σ_t f(π_θ(y_t)) A,  f(π) = π/(π + γ)        for the refinement
 *
 * A is the reward less the mean of the G. The critic is whoever has the role `critic`, and is never
 * trained. Ours differs in which answer is replaced, and in that a refinement of a right answer
 * counts like any other.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { critiqueGrpo } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const recipe = critiqueGrpo({ attempt, responseTokens: 4096 })
 */
export function critiqueGrpo<T extends Task>({
  criticPrompt = defaultCriticPrompt<T>(),
  parseCritique = defaultParse,
  criticContextTokens,
  guidance = answerAndCritique,
  gamma = 0.1,
  baseline = 'mean',
  responseTokens = 2048,
  ...rollout
}: CritiqueGrpoOptions<T>): Recipe<T> {
  const { attempt } = rollout
  const critic = { criticPrompt, parseCritique, criticContextTokens }
  const protocol = solveCritiqueRevise({ attempt, ...critic, guidance, rounds: 2, gate: neverStop })
  return solverRecipe('critique-grpo', rollout, {
    collectOf: (size) => collectSessions({ protocol, ...size }),
    roles: { critic: {} },
    filters: [
      keepSamples(({ keys }) => keys.role !== 'critic'),
      replaceByBest({ of: ({ keys }) => keys.round === 2 }),
    ],
    advantages: groupAdvantage({
      by: groupBy('task'),
      baseline: partNamed('baseline', { mean: mean(), 'mean-std': meanStd() }, baseline),
    }),
    objective: routed({
      when: ({ rebound }) => rebound === true,
      use: shapedLikelihood({ gamma }),
      otherwise: clippedSurrogate({ clipLow: Infinity, clipHigh: Infinity }),
    }),
    aggregation: constantNormalizer({ length: responseTokens }),
    session: { attempt, rounds: 2, ...critic },
    options: { gamma, baseline, responseTokens },
  })
}
