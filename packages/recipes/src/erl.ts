import { criticReward, eachSession, groupAdvantage, groupBy, meanStd } from '@icrl/advantage'
import type { Outcome, Recipe, Sample, SampleCopy, Task } from '@icrl/core'
import { criticPrompt as defaultCriticPrompt, parseCritique as defaultParse } from '@icrl/critic'
import { clippedSurrogate, reinforce, routed, sequenceMeanTokenSum } from '@icrl/objective'
import { type CriticOptions, solveCritiqueRevise } from '@icrl/rollout'
import { collectSessions } from './collect/collect-sessions.ts'
import { keepContext } from './collect/keep-context.ts'
import { checkCoefficients } from './options/check-options.ts'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link erl}. */
export interface ErlOptions<T extends Task = Task>
  extends RolloutOptions<T>, Partial<CriticOptions<T>> {
  /** Weight of what is distilled. With 0 nothing is. @defaultValue 1 */
  readonly distillation?: number
  /** ε_low: ratios below 1 − ε_low stop contributing. @defaultValue 0.2 */
  readonly clipLow?: number
  /** ε_high: ratios above 1 + ε_high stop contributing. @defaultValue 0.28 */
  readonly clipHigh?: number
  /** G: sessions of each task. @defaultValue 4 */
  readonly sessionsPerTask?: number
  /** β of the penalty in the loss for distance from the initial policy. @defaultValue 0.001 */
  readonly klCoefficient?: number
}

/**
 * ERL, experiential reinforcement learning (Shi et al. 2026, arXiv 2602.13949): an attempt; if it
 * fails, a reflection and a second attempt that sees it. Each kind of sample has an estimator of
 * its own `[code]`:
 *
 *     first attempt        GRPO
 *     reflection           GRPO, r = the reward of the second attempt
 *     second attempt       GRPO under its own prompt, with the reflection
 *     distilled            −logπ(y₂ | q) of second attempts that succeeded, reflection taken away
 *
 * A group holds samples of one kind. Clip 0.2/0.28, KL 0.001, G = 4. The reflector is whoever has
 * the role `critic`; bind it to the solver's policy. Ours has no memory of reflections across
 * steps, and makes one second attempt per reflection, not one per failed item.
 *
 * @throws `invalid-option` naming the option
 * @example
 * import { erl } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const recipe = erl({ attempt })
 */
export function erl<T extends Task>({
  criticPrompt = defaultCriticPrompt<T>(),
  parseCritique = defaultParse,
  criticContextTokens,
  distillation = 1,
  clipLow = 0.2,
  clipHigh = 0.28,
  sessionsPerTask = 4,
  klCoefficient = 0.001,
  ...rollout
}: ErlOptions<T>): Recipe<T> {
  const { attempt } = rollout
  checkCoefficients('erl', { distillation })
  const critic = { criticPrompt, parseCritique, criticContextTokens }
  const protocol = solveCritiqueRevise({ attempt, ...critic, rounds: 2 })
  return solverRecipe(
    'erl',
    { ...rollout, sessionsPerTask, klCoefficient },
    {
      collectOf: (size) => keepContext(collectSessions({ protocol, ...size })),
      roles: { critic: { trained: true } },
      reward: eachSession(criticReward({ of: (_: Outcome, after: Outcome) => after.reward })),
      advantages: groupAdvantage({ by: groupBy('task', 'role', 'round'), baseline: meanStd() }),
      copies: (samples) => distilled(samples, distillation),
      objective: routed({
        when: ({ rebound }) => rebound === true,
        use: reinforce(),
        otherwise: clippedSurrogate({ clipLow, clipHigh }),
      }),
      aggregation: sequenceMeanTokenSum(),
      session: { attempt, rounds: 2, ...critic },
      options: { distillation, clipLow, clipHigh },
    },
  )
}

/** Second attempts that succeeded, under the prompt of the first attempt of their session. */
function distilled(samples: readonly Sample[], advantage: number): SampleCopy[] {
  if (advantage === 0) return []
  const sessionOf = ({ keys }: Sample): string => JSON.stringify([keys.task, keys.session])
  const plain = new Map(
    samples
      .filter(({ keys }) => keys.role !== 'critic' && keys.round === 1)
      .map((sample) => [sessionOf(sample), sample.sampledUnder]),
  )
  return samples
    .filter(({ keys, success }) => keys.role !== 'critic' && keys.round === 2 && success === true)
    .flatMap((sample) => {
      const trainedUnder = plain.get(sessionOf(sample))
      return trainedUnder ? [{ of: sample.id, trainedUnder, advantage }] : []
    })
}
