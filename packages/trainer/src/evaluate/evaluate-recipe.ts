import { IcrlError, type Task } from '@icrl/core'
import { sessionsFailed } from '@icrl/rollout'
import { checkTrainOptions } from '../check-train-options.ts'
import { evaluate } from './evaluate.ts'
import { isCounted } from './evaluation-metrics.ts'
import { resolveRoles } from '../resolve-roles.ts'
import { unlessIdle } from '../unless-idle.ts'
import type { Metrics, TrainOptions } from '../train-options.ts'

/** Options of {@link evaluateRecipe}. */
export interface EvaluateRecipeOptions<T extends Task = Task> {
  /** What a run would be trained with, with `evaluation`. */
  readonly options: TrainOptions<T>
  /**
   * Folders that policies load their weights from, by policy name. Frozen roles and references keep
   * the weights that the policies had before.
   *
   * @defaultValue none are loaded
   */
  readonly weights?: Readonly<Record<string, string>>
  /** Steps done, which is part of every draw's key. @defaultValue 0 */
  readonly step?: number
}

/** What an evaluation without training found. */
export interface RecipeEvaluation {
  /** `eval/*`, `critic/*`: as in a run's metrics. */
  readonly metrics: Metrics
  /** Lines of `evaluations/step-….jsonl`. */
  readonly lines: readonly string[]
}

/**
 * Evaluates a recipe's conditions on held-out tasks without training: the same figures as a run's
 * own at that step and seed.
 *
 * @throws `sessions-failed` if every session failed before its first attempt ended; `invalid-option` if there are no held-out tasks or no conditions, if `weights` names no
 * policy, and for every option that `train` would refuse
 * (but no role needs a policy to train); `empty-tasks`
 * @example
 * import { evaluateRecipe, type TrainOptions } from '@icrl/trainer'
 * declare const options: TrainOptions
 * const { metrics } = await evaluateRecipe({ options, weights: { shared: 'runs/first/model' } })
 * console.log(metrics['eval/critique_free'])
 */
export async function evaluateRecipe<T extends Task>({
  options,
  weights = {},
  step = 0,
}: EvaluateRecipeOptions<T>): Promise<RecipeEvaluation> {
  checkTrainOptions(options, { learns: false })
  checkWeights(options, weights)
  await using roles = await resolveRoles(options)
  for (const [name, folder] of Object.entries(weights)) await options.policies[name].load(folder)
  const work = evaluate({ options, roles, step })
  const { sets, metrics, lines } = await unlessIdle('evaluateRecipe', work)
  const sessions = sets.flatMap(({ conditions }) => Object.values(conditions).flat())
  if (!sessions.some(isCounted))
    throw sessionsFailed(
      'evaluateRecipe: every session',
      sessions,
      'Mend that, and evaluate again.',
    )
  return { metrics, lines }
}

function checkWeights<T extends Task>(
  { policies }: TrainOptions<T>,
  weights: Readonly<Record<string, string>>,
): void {
  for (const name of Object.keys(weights))
    if (!Object.hasOwn(policies, name))
      throw new IcrlError(`evaluateRecipe: weights names the policy "${name}".`, {
        code: 'invalid-option',
        remedy: `Policies are: ${Object.keys(policies).join(', ') || 'none'}.`,
      })
}
