import {
  type EvaluatedSet,
  IcrlError,
  type RecipeMemory,
  type SessionResult,
  type Task,
} from '@icrl/core'
import { runSessions, sampledTokens, type Responder } from '@icrl/rollout'
import type { ResolvedRoles } from '../resolve-roles.ts'
import { drawOnce } from '../step/draw-once.ts'
import { evaluationMetrics, isCounted, isSuccess } from './evaluation-metrics.ts'
import { evaluationSets, type NamedEvaluationSet, rolesOn } from './evaluation-sets.ts'
import { checkConditions, headlineOf } from './headline-of.ts'
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
  readonly sets: readonly EvaluatedSet[]
  readonly metrics: Metrics
  /** Lines of `evaluations/step-….jsonl`: one per set, condition, task and repeat. */
  readonly lines: readonly string[]
}

/**
 * Runs the recipe's evaluation protocols on every set of held-out tasks. First attempts, which they
 * share, are sampled once.
 *
 * @throws `invalid-option` if the recipe has none, or there are no held-out tasks.
 */
export async function evaluate<T extends Task>(context: EvaluateOptions<T>): Promise<Evaluation> {
  const { options, roles, step, memory } = context
  const { recipe, evaluation, policies } = options
  if (!evaluation)
    throw new IcrlError('evaluate: there are no held-out tasks.', {
      code: 'invalid-option',
      remedy: 'Give `evaluation`.',
    })
  checkConditions(recipe)
  const samplers = drawOnce(roles.responders)
  const sets: EvaluatedSet[] = []
  for (const set of evaluationSets(evaluation)) sets.push(await evaluateSet(context, set, samplers))
  const own = await recipe.onEvaluate?.({
    step,
    sets,
    score: scorerFor({ policies, references: roles.references }),
    capWeights: recipe.capWeights ?? ((weights) => weights),
    memory,
  })
  return {
    sets,
    metrics: collectMetrics([
      ...Object.entries(evaluationMetrics(sets, headlineOf(recipe)!)),
      ...recipeFigures(recipe.name, 'onEvaluate', own ?? {}),
    ]),
    lines: sets.flatMap(({ name, conditions }) =>
      Object.entries(conditions).flatMap(([condition, sessions]) =>
        sessions.map((session) => sessionLine(name, condition, session)),
      ),
    ),
  }
}

async function evaluateSet<T extends Task>(
  { options, step }: EvaluateOptions<T>,
  set: NamedEvaluationSet<T>,
  samplers: Readonly<Record<string, Responder>>,
): Promise<EvaluatedSet> {
  const { recipe, seed, concurrency, sessionTimeoutMs: timeoutMs, signal, onSession } = options
  const { name, tasks, repeats = 1 } = set
  const conditions: Record<string, SessionResult[]> = {}
  for (const [condition, protocol] of Object.entries(recipe.evaluations!)) {
    conditions[condition] = await runSessions({
      protocol,
      tasks,
      sessions: repeats,
      samplers,
      bindings: rolesOn(options.roles, set),
      draw: { seed, domain: 'eval', step },
      concurrency,
      timeoutMs,
      signal,
      onSession: (result) => onSession?.({ step, phase: 'evaluation', set: name, result }),
    })
  }
  return { name, conditions }
}

function sessionLine(set: string | undefined, condition: string, session: SessionResult): string {
  const { task, session: repeat, outcomes, failure } = session
  const tokens = sampledTokens(session)
  return lineOf({
    ...(set !== undefined && { set }),
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
