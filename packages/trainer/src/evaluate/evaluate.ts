import {
  IcrlError,
  type RecipeMemory,
  type RoleBinding,
  type SessionResult,
  type Task,
} from '@icrl/core'
import { runSessions, sampledTokens } from '@icrl/rollout'
import type { ResolvedRoles } from '../resolve-roles.ts'
import { drawOnce } from '../step/draw-once.ts'
import { evaluationMetrics, isCounted, isSuccess } from './evaluation-metrics.ts'
import { headlineOf } from './headline-of.ts'
import { collectMetrics, lineOf } from '../run/metrics-line.ts'
import { recipeFigures } from '../run/recipe-figures.ts'
import { scorerFor } from '../step/score-samples.ts'
import type { Metrics, TrainOptions } from '../train-options.ts'

export interface EvaluateOptions<T extends Task> {
  readonly options: Pick<
    TrainOptions<T>,
    | 'recipe'
    | 'policies'
    | 'roles'
    | 'evaluation'
    | 'seed'
    | 'concurrency'
    | 'sessionTimeoutMs'
    | 'signal'
    | 'onSession'
  >
  readonly roles: Pick<ResolvedRoles, 'responders' | 'references'>
  /** Steps done, which is part of every draw's key. */
  readonly step: number
  /** What the recipe remembers; absent if the evaluation is not part of a run. */
  readonly memory?: RecipeMemory
}

export interface Evaluation {
  readonly metrics: Metrics
  /** Lines of `evaluations/step-….jsonl`: one per condition, task and repeat. */
  readonly lines: readonly string[]
}

/**
 * Runs the recipe's evaluation protocols on the held-out tasks. First attempts, which they share,
 * are sampled once.
 *
 * @throws `invalid-option` if the recipe has none, or there are no held-out tasks.
 */
export async function evaluate<T extends Task>({
  options,
  roles,
  step,
  memory,
}: EvaluateOptions<T>): Promise<Evaluation> {
  const {
    recipe,
    evaluation,
    seed,
    concurrency,
    sessionTimeoutMs: timeoutMs,
    signal,
    onSession,
  } = options
  const protocols = Object.entries(recipe.evaluations ?? {})
  if (!evaluation || protocols.length === 0)
    throw new IcrlError(`recipe "${recipe.name}" has no evaluation protocols.`, {
      code: 'invalid-option',
      remedy: 'Leave `evaluation` out, or give the recipe `evaluations`.',
    })
  const bindings = evaluationBindings(options.roles, evaluation.sampling)
  const samplers = drawOnce(roles.responders)
  const conditions: Record<string, SessionResult[]> = {}
  for (const [condition, protocol] of protocols) {
    conditions[condition] = await runSessions({
      protocol,
      tasks: evaluation.tasks,
      sessions: evaluation.sessions ?? 1,
      samplers,
      bindings,
      draw: { seed, domain: 'eval', step },
      concurrency,
      timeoutMs,
      signal,
      onSession: (result) => onSession?.({ step, phase: 'evaluation', result }),
    })
  }
  const own = await recipe.onEvaluate?.({
    step,
    sets: [{ conditions }],
    score: scorerFor({
      policies: options.policies,
      references: roles.references,
    }),
    capWeights: recipe.capWeights ?? ((weights) => weights),
    memory,
  })
  return {
    metrics: collectMetrics([
      ...Object.entries(evaluationMetrics([{ conditions }], headlineOf(recipe)!)),
      ...recipeFigures(recipe.name, 'onEvaluate', own ?? {}),
    ]),
    lines: Object.entries(conditions).flatMap(([condition, sessions]) =>
      sessions.map((session) => sessionLine(condition, session)),
    ),
  }
}

function evaluationBindings(
  roles: Readonly<Record<string, RoleBinding>>,
  sampling: NonNullable<TrainOptions['evaluation']>['sampling'],
): Record<string, RoleBinding> {
  return Object.fromEntries(
    Object.entries(roles).map(([role, binding]) => [
      role,
      { ...binding, sampling: { ...binding.sampling, ...sampling?.[role] } },
    ]),
  )
}

function sessionLine(condition: string, session: SessionResult): string {
  const { task, session: repeat, outcomes, failure } = session
  const tokens = sampledTokens(session)
  return lineOf({
    task,
    condition,
    repeat,
    ...(failure && { failure: failure.reason }),
    ...(isCounted(session) && {
      reward: outcomes.at(-1)?.reward ?? 0,
      success: isSuccess(session),
    }),
    tokens,
    ...(isCounted(session) && { outcomes }),
  })
}
