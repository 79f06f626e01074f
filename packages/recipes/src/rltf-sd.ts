import { groupBy, keepSamples, referenceMean } from '@icrl/advantage'
import { isRebound, type Recipe, type Sample, type Task } from '@icrl/core'
import { criticPrompt as defaultCriticPrompt, parseCritique as defaultParse } from '@icrl/critic'
import { reinforce, tokenMean } from '@icrl/objective'
import { type CriticOptions, solveCritiqueRevise } from '@icrl/rollout'
import { collectSessions } from './collect/collect-sessions.ts'
import { checkCoefficients } from './options/check-options.ts'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link rltfSd}. */
export interface RltfSdOptions<T extends Task = Task>
  extends RolloutOptions<T>, Partial<CriticOptions<T>> {
  /** Factor on what is distilled. @defaultValue 0.1 */
  readonly coefficient?: number
  /**
   * Tokens less likely than this without the critique are not distilled, in nats.
   *
   * @defaultValue −5
   */
  readonly leastLogprob?: number
}

/**
 * RLTF-SD, self-distillation from text feedback (arXiv 2602.02482): a guided retry is trained under
 * the question alone, as if it had been drawn there `[code]`:
 *
 *     A = r − mean of the first attempts' rewards
 *     L = −Σ A logπ_θ(y | q)              first attempts
 *         −Σ A logπ_θ(y | q, c)           guided retries under their own prompt
 *         −Σ 0.1 · 1[logπ(y_t | q) ≥ −5] · A logπ_θ(y_t | q)     and under the question alone
 *
 * Retries are rewarded for being better than first attempts, so that their tokens come to be said
 * in first attempts. The judge is whoever has the role `critic`; it is not trained. Ours differs:
 * the retry under its own prompt has the first-turn baseline, too, and first attempts get no share
 * of the retry's reward (γ = 0).
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { rltfSd } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const recipe = rltfSd({ attempt })
 */
export function rltfSd<T extends Task>({
  criticPrompt = defaultCriticPrompt<T>(),
  parseCritique = defaultParse,
  criticContextTokens,
  coefficient = 0.1,
  leastLogprob = -5,
  ...rollout
}: RltfSdOptions<T>): Recipe<T> {
  const { attempt } = rollout
  checkCoefficients('rltf-sd', { coefficient, 'leastLogprob below 0': -leastLogprob })
  const critic = { criticPrompt, parseCritique, criticContextTokens }
  const protocol = solveCritiqueRevise({ attempt, ...critic, rounds: 2 })
  return solverRecipe('rltf-sd', rollout, {
    collectOf: (size) => collectSessions({ protocol, ...size }),
    roles: { critic: {} },
    filters: [keepSamples(({ keys }) => keys.role !== 'critic')],
    advantages: referenceMean({ by: groupBy('task'), of: ({ keys }) => keys.round === 1 }),
    weights: (sample) =>
      isRebound(sample)
        ? sample.oldLogprobs!.map((logprob) => (logprob >= leastLogprob ? coefficient : 0))
        : undefined,
    copies: (samples) =>
      samples
        .filter(isRebound)
        .map(({ id, sampledUnder }: Sample) => ({ of: id, trainedUnder: sampledUnder })),
    objective: reinforce(),
    aggregation: tokenMean(),
    session: { attempt, rounds: 2, ...critic },
    options: { coefficient, leastLogprob },
  })
}
