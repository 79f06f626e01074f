import { IcrlError, type SessionResult, type Task } from '@icrl/core'
import { dpo, sft, type Demonstration, type DpoOptions, type PreferencePair } from '@icrl/recipes'
import type { Lab, LabTrainOptions } from '@icrl/trainer'

/** What a program needs to learn from stored answers. */
export interface LessonOptions<T extends Task> extends Pick<
  LabTrainOptions<T>,
  'optimizer' | 'checkpoints'
> {
  /** What the lessons are made from. */
  readonly tasks: readonly T[]
  /** Optimizer steps of each stage that learns. */
  readonly steps: number
  /** Lessons of a step. @defaultValue 16 */
  readonly tasksPerStep?: number
}

/** What there is to learn of each task, by its id. */
export type Lessons<Lesson> = ReadonlyMap<string, readonly Lesson[]>

/**
 * A step of a program that fine-tunes on the demonstrations of each task; tasks without one are left
 * out.
 *
 * @throws `empty-tasks` if no task has any
 * @example
 * import { fineTune, type LessonOptions, type Lessons } from '@icrl/methods'
 * import type { Demonstration } from '@icrl/recipes'
 * import type { QuestionTask } from '@icrl/core'
 * import type { Lab } from '@icrl/trainer'
 * declare const lab: Lab, kept: Lessons<Demonstration>, options: LessonOptions<QuestionTask>
 * await fineTune(lab, 'learning', kept, options)
 */
export async function fineTune<T extends Task>(
  lab: Lab,
  name: string,
  lessons: Lessons<Demonstration>,
  { tasksPerStep, ...options }: LessonOptions<T>,
): Promise<void> {
  const recipe = sft<T>({ demonstrate: ({ id }) => lessons.get(id) ?? [], tasksPerStep })
  await learn(lab, name, lessons, { ...options, recipe })
}

/**
 * A step of a program that learns the pairs of each task by DPO; tasks without one are left out.
 *
 * @throws `empty-tasks` if no task has any
 * @example
 * import { learnPairs, type LessonOptions, type Lessons } from '@icrl/methods'
 * import type { PreferencePair } from '@icrl/recipes'
 * import type { QuestionTask } from '@icrl/core'
 * import type { Lab } from '@icrl/trainer'
 * declare const lab: Lab, pairs: Lessons<PreferencePair>, options: LessonOptions<QuestionTask>
 * await learnPairs(lab, 'preferences', pairs, { ...options, beta: 0.1 })
 */
export async function learnPairs<T extends Task>(
  lab: Lab,
  name: string,
  lessons: Lessons<PreferencePair>,
  {
    tasksPerStep,
    beta,
    reference,
    likelihood,
    ...options
  }: LessonOptions<T> & Pick<DpoOptions<T>, 'beta' | 'reference' | 'likelihood'>,
): Promise<void> {
  const pairs = ({ id }: T): readonly PreferencePair[] => lessons.get(id) ?? []
  const recipe = dpo<T>({ pairs, tasksPerStep, beta, reference, likelihood })
  await learn(lab, name, lessons, { ...options, recipe })
}

async function learn<T extends Task>(
  lab: Lab,
  name: string,
  lessons: Lessons<unknown>,
  {
    tasks,
    steps,
    ...options
  }: Omit<LessonOptions<T>, 'tasksPerStep'> & Pick<LabTrainOptions<T>, 'recipe'>,
): Promise<void> {
  const taught = tasks.filter(({ id }) => (lessons.get(id) ?? []).length > 0)
  if (taught.length === 0)
    throw new IcrlError(
      `step "${name}": there is nothing to learn of any of ${tasks.length} tasks.`,
      {
        code: 'empty-tasks',
        remedy: 'Look at the sessions gathered before it: none was worth keeping.',
      },
    )
  await lab.train(name, { ...options, tasks: taught, stop: { steps } })
}

/**
 * What each task's sessions teach, failed sessions left out.
 *
 * @param of the lessons of all sessions of one task
 * @example
 * import { lessonsFrom } from '@icrl/methods'
 * import { demonstrationOf } from '@icrl/recipes'
 * import type { SessionResult } from '@icrl/core'
 * declare const sessions: readonly SessionResult[]
 * const right = lessonsFrom(sessions, (own) =>
 *   own
 *     .flatMap(({ samples }) => samples)
 *     .filter(({ success }) => success)
 *     .map((sample) => demonstrationOf(sample)),
 * )
 */
export function lessonsFrom<Lesson>(
  sessions: readonly SessionResult[],
  of: (own: readonly SessionResult[]) => readonly Lesson[],
): Lessons<Lesson> {
  const byTask = new Map<string, SessionResult[]>()
  for (const session of sessions)
    if (!session.failure) byTask.set(session.task, [...(byTask.get(session.task) ?? []), session])
  return new Map([...byTask].map(([task, own]) => [task, of(own)]))
}

/**
 * Lessons of several sources together, in their order.
 *
 * @example
 * import { lessonsOf, type Lessons } from '@icrl/methods'
 * import type { Demonstration } from '@icrl/recipes'
 * declare const taught: Lessons<Demonstration>, own: Lessons<Demonstration>
 * const mixed = lessonsOf(taught, own)
 */
export function lessonsOf<Lesson>(...sources: readonly Lessons<Lesson>[]): Lessons<Lesson> {
  const all = new Map<string, readonly Lesson[]>()
  for (const source of sources)
    for (const [task, lessons] of source) all.set(task, [...(all.get(task) ?? []), ...lessons])
  return all
}
