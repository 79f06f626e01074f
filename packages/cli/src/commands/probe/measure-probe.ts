import {
  type EvaluatedSet,
  IcrlError,
  type Outcome,
  type Recipe,
  type SessionResult,
  type Task,
} from '@icrl/core'
import { countFailures, type FailureCount } from '@icrl/rollout'
import { evaluateRecipe, train, type StepEvent, type TrainOptions } from '@icrl/trainer'
import type { BuiltRun } from '../../config/build-run.ts'

export interface ProbeOptions {
  /** Training tasks, from the first. */
  readonly tasks: number
  /** Sampled tries of each. */
  readonly tries: number
  readonly onSession?: () => void
}

/** How often first attempts succeed. */
export interface FirstAttempts {
  /** Attempts that ended; those that failed are in no figure. */
  readonly attempts: number
  /** Share of attempts that succeed. */
  readonly once: number
  /** Share of tasks that at least one attempt solves. */
  readonly any: number
  /** Share of tasks whose attempts differ in reward: what a group of so many can learn from. */
  readonly mixed: number
}

/** How second attempts at what the first one failed fare, in one condition. */
export interface SecondAttempts {
  readonly condition: string
  readonly attempts: number
  readonly success: number
}

/** What is known of a run before it begins. */
export interface Probe {
  /** At temperature 0, one attempt a task. */
  readonly greedy: FirstAttempts
  readonly sampled: FirstAttempts
  readonly tries: number
  readonly second: readonly SecondAttempts[]
  readonly failures: readonly FailureCount[]
  /** One training step, done and thrown away. */
  readonly step: StepEvent
}

/**
 * Tries the first training tasks under each of the recipe's conditions, then makes one training
 * step in memory. The policy has moved afterwards: it is not to be used for anything else.
 *
 * @throws `sessions-failed`, and what `train` throws
 */
export async function measureProbe(
  { options }: BuiltRun,
  { tasks: count, tries, onSession }: ProbeOptions,
): Promise<Probe> {
  const tasks = options.tasks.slice(0, count)
  const sets = await tried(options, tasks, tries, onSession)
  const [greedy, sampled] = ['greedy', 'sampled'].map(
    (name) => sets.find((set) => set.name === name)!.conditions,
  )
  const first = headlineOf(options.recipe)
  const step = await oneStep(options)
  return {
    greedy: firstAttempts(greedy[first]),
    sampled: firstAttempts(sampled[first]),
    tries,
    second: Object.entries({ ...sampled, training: step.sessions }).flatMap(
      ([condition, sessions]) => secondAttempts(condition, sessions),
    ),
    failures: countFailures(sets.flatMap(({ conditions }) => Object.values(conditions).flat())),
    step,
  }
}

async function tried(
  options: TrainOptions,
  tasks: readonly Task[],
  tries: number,
  onSession: (() => void) | undefined,
): Promise<readonly EvaluatedSet[]> {
  let seen: readonly EvaluatedSet[] = []
  const recipe: Recipe = {
    ...options.recipe,
    onEvaluate: async ({ sets }) => {
      seen = sets
      return {}
    },
  }
  const greedy = { solver: { temperature: 0 } }
  const sets = { greedy: { tasks, sampling: greedy }, sampled: { tasks, repeats: tries } }
  await evaluateRecipe({ options: { ...options, recipe, evaluation: { sets }, onSession } })
  return seen
}

function headlineOf({ name, evaluations = {}, headline }: Recipe): string {
  const [first] = Object.keys(evaluations)
  if (first !== undefined) return headline ?? first
  throw new IcrlError(`recipe "${name}" has no conditions to try tasks under.`, {
    code: 'invalid-option',
    remedy: 'Give the recipe `evaluations`.',
  })
}

function firstAttempts(sessions: readonly SessionResult[]): FirstAttempts {
  const ended = sessions.filter(({ outcomes }) => outcomes.length > 0)
  const tasks = new Set(ended.map(({ task }) => task))
  const byTask = [...tasks].map((id) =>
    ended.filter(({ task }) => task === id).map(({ outcomes }) => outcomes[0]),
  )
  const share = (holds: (own: readonly Outcome[]) => boolean): number =>
    byTask.filter(holds).length / Math.max(1, byTask.length)
  return {
    attempts: ended.length,
    once: ended.filter(({ outcomes }) => outcomes[0].success).length / Math.max(1, ended.length),
    any: share((own) => own.some(({ success }) => success)),
    mixed: share((own) => own.some(({ reward }) => reward !== own[0].reward)),
  }
}

function secondAttempts(condition: string, sessions: readonly SessionResult[]): SecondAttempts[] {
  const seconds = sessions.flatMap(({ outcomes: [first, second] }) =>
    first && second && !first.success ? [second] : [],
  )
  if (seconds.length === 0) return []
  const success = seconds.filter((second) => second.success).length / seconds.length
  return [{ condition, attempts: seconds.length, success }]
}

async function oneStep(options: TrainOptions): Promise<StepEvent> {
  let made: StepEvent | undefined
  await train({
    ...options,
    evaluation: undefined,
    stop: { steps: 1 },
    onStep: (event) => (made = event),
  })
  return made!
}
