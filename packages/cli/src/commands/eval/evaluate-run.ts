import { IcrlError, type Recipe, type SessionResult, type Task } from '@icrl/core'
import { sessionPartsOf } from '@icrl/recipes'
import { evaluateRecipe, type RunRole, type TrainOptions } from '@icrl/trainer'
import { buildRun } from '../../config/build-run.ts'
import { requireSave } from '../../config/open-model.ts'
import { loadStoredRun, storedWeights } from '../../config/stored-run.ts'
import type { TaskAnswers } from './evaluation-figures.ts'
import { evaluationReport } from './evaluation-report.ts'
import { evaluationSession } from './evaluation-session.ts'
import { sessionProgress } from './session-progress.ts'
import { writeSessions } from './write-sessions.ts'

/** Arguments of `icrl eval RUN`. */
export interface EvaluateRunFlags {
  readonly config?: string
  readonly checkpoint?: number
  readonly rounds?: number
  readonly samples?: number
  readonly seed?: number
  readonly backend?: string
  readonly out?: string
  readonly json?: boolean
}

/** Evaluates a run's model on its held-out tasks and returns what to print. */
export async function evaluateRun(
  run: string,
  { config, checkpoint, rounds, samples, seed, backend, out, json }: EvaluateRunFlags,
): Promise<string> {
  const { loaded, overrides } = await loadStoredRun(run, config)
  await using built = await buildRun(loaded, run, {
    ...overrides,
    ...(seed !== undefined && { seed }),
    ...(backend !== undefined && { backend }),
  })
  requireSave(built.policy, built.model, run)
  const { folder, step } = await storedWeights(run, checkpoint)
  const { evaluation, recipe } = built.options
  if (!evaluation)
    throw new IcrlError(`${loaded.file} has no held-out tasks.`, {
      code: 'invalid-option',
      remedy: 'Give it `evaluation: { tasks }`.',
    })
  const parts = sessionPartsOf(recipe)
  if (!parts)
    throw new IcrlError(`recipe "${recipe.name}" does not say what its sessions are made of.`, {
      code: 'invalid-option',
      remedy: 'Give the recipe `session`, or read the run’s own figures with icrl report.',
    })
  const attempts = rounds ?? parts.rounds
  const repeats = samples ?? evaluation.sessions ?? 1
  const hasCritic = attempts > 1
  const protocol = evaluationSession({ parts, rounds: attempts, hasCritic })
  const progress = sessionProgress(evaluation.tasks.length * repeats)
  const sessions: SessionResult[] = []
  const onSession: TrainOptions['onSession'] = ({ result }) => {
    sessions.push(result)
    progress.onSession()
  }
  const options = {
    ...untrained(built.options, hasCritic),
    evaluation: { ...evaluation, sessions: repeats },
    recipe: {
      ...recipe,
      evaluations: { evaluation: protocol },
      headline: undefined,
      onEvaluate: undefined,
    } as Recipe,
    onSession,
  }
  await evaluateRecipe({ options, weights: { shared: folder }, step })
  progress.done()
  const sorted = inOrder(sessions, evaluation.tasks)
  if (out !== undefined) await writeSessions(out, sorted)
  return evaluationReport({
    sessions: sorted,
    rounds: attempts,
    hasCritic,
    json,
    parse: (text) => parts.parseCritique(text).critique,
    answersOf: answersOf(evaluation.tasks),
    title: `${folder} after ${step} steps, ${evaluation.tasks.length} held-out tasks${repeats > 1 ? `, ${repeats} answers each` : ''}${hasCritic ? `, ${attempts} rounds` : ''}`,
    about: {
      weights: folder,
      step,
      tasks: evaluation.tasks.length,
      samples: repeats,
      rounds: attempts,
    },
  })
}

/**
 * Nothing is trained here: no samples are made. A method without a critic is critiqued by its own
 * policy, within the solver's limits.
 */
function untrained({ roles, ...others }: TrainOptions, hasCritic: boolean): TrainOptions {
  const all = { ...(hasCritic && { critic: roles.solver }), ...roles }
  return {
    ...others,
    roles: Object.fromEntries(
      Object.entries(all).map(([role, { policy, by = policy, ...binding }]): [string, RunRole] => [
        role,
        { ...binding, by },
      ]),
    ),
  }
}

function inOrder(sessions: readonly SessionResult[], tasks: readonly Task[]): SessionResult[] {
  const place = new Map(tasks.map(({ id }, i) => [id, i]))
  return [...sessions].sort(
    (a, b) => place.get(a.task)! - place.get(b.task)! || a.session - b.session,
  )
}

function answersOf(tasks: readonly Task[]): (task: string) => TaskAnswers | undefined {
  const byId = new Map(
    tasks.map((task) => [
      task.id,
      task as Task & { readonly answer?: unknown; readonly question?: unknown },
    ]),
  )
  return (id) => {
    const { answer, question } = byId.get(id) ?? {}
    return typeof answer === 'string'
      ? { answers: [answer], question: typeof question === 'string' ? question : '' }
      : undefined
  }
}
