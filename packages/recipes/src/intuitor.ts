import { groupAdvantage, groupBy, meanStd } from '@icrl/advantage'
import type { Collector, Recipe, Task } from '@icrl/core'
import { clippedSurrogate, tokenMean } from '@icrl/objective'
import { solveOnce } from '@icrl/rollout'
import { collectSessions } from './collect/collect-sessions.ts'
import { partNamed } from './options/part-named.ts'
import { solverRecipe, type RolloutOptions } from './solver-recipe.ts'

/** Options of {@link intuitor}. */
export interface IntuitorOptions<T extends Task = Task> extends RolloutOptions<T> {
  /** Whose certainty: the policy as it is, or the run's reference. @defaultValue `policy` */
  readonly by?: 'policy' | 'reference'
  /** ε_low: ratios below 1 − ε_low stop contributing. @defaultValue 0.2 */
  readonly clipLow?: number
  /** ε_high: ratios above 1 + ε_high stop contributing. @defaultValue 0.28 */
  readonly clipHigh?: number
  /** G: sessions of each task. @defaultValue 7 */
  readonly sessionsPerTask?: number
  /** β of the penalty in the loss for distance from the initial policy. @defaultValue 0.005 */
  readonly klCoefficient?: number
}

/**
 * Intuitor, or RLIF (Zhao et al. 2025, arXiv 2505.19590): the reward is the policy's own certainty;
 * no answer is checked `[code]`:
 *
 *     r(o) = mean_t KL(U ‖ π_t) = mean_t [ −log V − mean_j log π_tj ]
 *
 * GRPO on this reward, with G = 7 and KL β = 0.005, as in the released code. Certainty at a
 * position depends on what stands before it, never on the token drawn there: answers of one token
 * have no signal. Watch the accuracy of evaluations: certainty keeps rising when accuracy has
 * turned down.
 *
 * @throws `invalid-option` naming the option; when it runs, `unsupported` by a policy without the
 * capability `self-certainty`
 * @example
 * import { intuitor } from '@icrl/recipes'
 * import type { AttemptProtocol, QuestionTask } from '@icrl/core'
 * declare const attempt: AttemptProtocol<QuestionTask>
 * const recipe = intuitor({ attempt })
 */
export function intuitor<T extends Task>({
  by = 'policy',
  clipLow = 0.2,
  clipHigh = 0.28,
  sessionsPerTask = 7,
  klCoefficient = 0.005,
  ...rollout
}: IntuitorOptions<T>): Recipe<T> {
  const { attempt } = rollout
  const scorer = partNamed('by', { policy: 'policy', reference: 'reference' }, by)
  const protocol = solveOnce(attempt)
  return solverRecipe(
    'intuitor',
    { ...rollout, sessionsPerTask, klCoefficient },
    {
      collectOf: (size) => rewardCertainty(collectSessions({ protocol, ...size }), scorer),
      wantsReference: scorer === 'reference',
      advantages: groupAdvantage({ by: groupBy('task'), baseline: meanStd() }),
      objective: clippedSurrogate({ clipLow, clipHigh }),
      aggregation: tokenMean(),
      options: { by, clipLow, clipHigh },
    },
  )
}

/** Sets the reward of every sample to the mean certainty of its trained tokens, in nats. */
function rewardCertainty<T extends Task>(collect: Collector<T>, by: string): Collector<T> {
  return async (context) => {
    const sessions = await collect(context)
    const samples = sessions.flatMap((session) => session.samples)
    const scores = await context.score(samples, {
      prompt: 'trainedUnder',
      want: { selfCertainty: true },
      by,
    })
    const certainty = new Map(
      samples.map(({ id, mask }, i) => {
        const values = scores[i].selfCertainty!.filter((_, t) => mask[t])
        return [id, values.reduce((sum, value) => sum + value, 0) / Math.max(1, values.length)]
      }),
    )
    return sessions.map((session) => ({
      ...session,
      samples: session.samples.map((sample) => {
        const reward = certainty.get(sample.id)!
        return { ...sample, reward, rewards: { ...sample.rewards, certainty: reward } }
      }),
    }))
  }
}
