import {
  IcrlError,
  type Recipe,
  type SessionProtocol,
  type SessionResult,
  type Task,
} from '@icrl/core'
import { sessionPartsOf } from '@icrl/recipes'
import {
  evaluateRecipe,
  evaluationSets,
  type EvaluationOptions,
  type NamedEvaluationSet,
  type RunRole,
  type SessionEvent,
  type TrainOptions,
} from '@icrl/trainer'
import { checkEvaluated } from '@icrl/trainer/node'
import { buildRun } from '../../config/build-run.ts'
import { requireSave } from '../../config/open-model.ts'
import { loadStoredRun, storedWeights } from '../../config/stored-run.ts'
import type { TaskAnswers } from './evaluation-figures.ts'
import { evaluationReport } from './evaluation-report.ts'
import { evaluationSession } from './evaluation-session.ts'
import { sessionProgress } from './session-progress.ts'
import { sessionsFile, type SessionsFile } from './write-sessions.ts'

/** Arguments of `icrl eval RUN`. */
export interface EvaluateRunFlags {
  readonly config?: string
  readonly checkpoint?: number
  /** The set of held-out tasks. @defaultValue all */
  readonly set?: string
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
  { config, checkpoint, set, rounds, samples, seed, backend, out, json }: EvaluateRunFlags,
): Promise<string> {
  const { loaded, overrides, isOther } = await loadStoredRun(run, config)
  await using built = await buildRun(loaded, run, {
    ...overrides,
    ...(seed !== undefined && { seed }),
    ...(backend !== undefined && { backend }),
  })
  if (!isOther) await checkEvaluated(built.options, run)
  requireSave(built.policy, built.model, run)
  const { folder, policies, step } = await storedWeights(run, checkpoint)
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
  const hasCritic = attempts > 1
  const options = untrained(built.options, hasCritic)
  const protocol = evaluationSession({ parts, rounds: attempts, hasCritic })
  const sets = chosenSets(evaluation, set).map((chosen) => ({
    ...chosen,
    repeats: samples ?? chosen.repeats ?? 1,
  }))
  const file = sessionsFile(out)
  const measured = await measure(options, { protocol, policies, step, sets, file })
  file.finish(
    measured.flatMap(({ name, sessions }) =>
      sessions.map((session) => ({ ...session, set: name })),
    ),
  )
  const reports = measured.map(({ sessions, ...evaluated }): SetReport => {
    const { name, tasks, repeats } = evaluated
    const report = evaluationReport({
      sessions,
      rounds: attempts,
      hasCritic,
      json,
      parse: (text) => parts.parseCritique(text).critique,
      answersOf: answersOf(tasks),
      title: `${folder} after ${step} steps, ${tasks.length} held-out tasks${name === undefined ? '' : ` of ${name}`}${repeats > 1 ? `, ${repeats} answers each` : ''}${hasCritic ? `, ${attempts} rounds` : ''}`,
      about: {
        weights: folder,
        step,
        ...(name !== undefined && { set: name }),
        tasks: tasks.length,
        samples: repeats,
        rounds: attempts,
      },
    })
    return { name, report }
  })
  return joined(reports, json)
}

/** The report of a set of held-out tasks, with the set's name if it has one. */
interface SetReport {
  readonly name?: string
  readonly report: string
}

/** One report as it is; of named sets one under the other, or one JSON object by name. */
function joined(reports: readonly SetReport[], json = false): string {
  if (!json) return reports.map(({ report }) => report).join('\n\n')
  if (reports.length === 1) return reports[0].report
  const named = reports.map(({ name, report }) => [name, JSON.parse(report) as unknown])
  return JSON.stringify({ sets: Object.fromEntries(named) as unknown })
}

/** @throws `invalid-option` for a set that the configuration does not have */
function chosenSets(
  evaluation: NonNullable<TrainOptions['evaluation']>,
  wanted: string | undefined,
): NamedEvaluationSet[] {
  const sets = evaluationSets(evaluation)
  const chosen = sets.filter(({ name }) => wanted === undefined || name === wanted)
  if (chosen.length > 0) return chosen
  const names = sets.flatMap(({ name }) => name ?? [])
  throw new IcrlError(`icrl eval: --set is "${wanted}".`, {
    code: 'invalid-option',
    remedy:
      names.length > 0
        ? `Held-out sets are: ${names.join(', ')}.`
        : 'The configuration has one set, without a name: leave --set out.',
  })
}

type RepeatedSet = NamedEvaluationSet & { readonly repeats: number }

interface MeasureOptions {
  readonly protocol: SessionProtocol
  /** Folders of the weights, by policy. */
  readonly policies: Readonly<Record<string, string>>
  readonly step: number
  readonly sets: readonly RepeatedSet[]
  /** Gets each session as it ends. */
  readonly file: SessionsFile
}

/** A set with its sessions, by task. */
interface MeasuredSet extends RepeatedSet {
  readonly sessions: readonly SessionResult[]
}

/**
 * Runs the sessions of every set. It is one evaluation, because frozen roles keep the weights from
 * before it loads others.
 */
async function measure(
  options: TrainOptions,
  { protocol, policies, step, sets, file }: MeasureOptions,
): Promise<MeasuredSet[]> {
  const progress = sessionProgress(
    sets.reduce((sum, { tasks, repeats }) => sum + tasks.length * repeats, 0),
  )
  const ended: SessionEvent[] = []
  const onSession = (event: SessionEvent): void => {
    ended.push(event)
    file.add({ ...event.result, set: event.set })
    progress.onSession()
  }
  const recipe: Recipe = {
    ...options.recipe,
    evaluations: { evaluation: protocol },
    headline: undefined,
    onEvaluate: undefined,
  }
  const [{ name, ...only }] = sets
  const evaluation: EvaluationOptions =
    name === undefined
      ? only
      : { sets: Object.fromEntries(sets.map(({ name: key, ...set }) => [key, set])) }
  await evaluateRecipe({
    options: { ...options, recipe, evaluation, onSession },
    weights: policies,
    step,
  })
  progress.done()
  return sets.map((set) => {
    const own = ended.filter((event) => event.set === set.name)
    return {
      ...set,
      sessions: inOrder(
        own.map(({ result }) => result),
        set.tasks,
      ),
    }
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
