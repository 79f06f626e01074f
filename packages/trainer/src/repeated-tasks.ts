import type { Task } from '@icrl/core'
import { evaluationSets } from './evaluate/evaluation-sets.ts'
import type { TrainOptions } from './train-options.ts'

/** Tasks of a set that say the same as others. */
export interface RepeatedTasks {
  /** The held-out set's name; null for the tasks that are trained on, empty for the only set. */
  readonly set: string | null
  /** What they repeat: earlier tasks of their own set, or, if they are held out, tasks to train on. */
  readonly of: 'own' | 'training'
  /** How many tasks of the set. */
  readonly count: number
  /** How many tasks the set has. */
  readonly tasks: number
  /** The first one, and the one it repeats, by id; what both say, white space normalized. */
  readonly first: { readonly id: string; readonly earlier: string; readonly text: string }
}

/**
 * Which tasks repeat another one: within the tasks to train on, within each held-out set, and held
 * out though they are trained on. Compared is a task's `question` or, where it has none, its JSON
 * without the id (the id, if there is nothing else), with every run of white space as one space. A
 * paraphrase is not found.
 *
 * @example
 * import { repeatedTasks } from '@icrl/trainer'
 * const tasks = [{ id: '1', question: '2 + 2?' }]
 * const evaluation = { tasks: [{ id: '9', question: ' 2 +  2?' }] }
 * repeatedTasks({ tasks, evaluation })[0].first // { id: '9', earlier: '1', text: '2 + 2?' }
 */
export function repeatedTasks<T extends Task>({
  tasks,
  evaluation,
}: Pick<TrainOptions<T>, 'tasks' | 'evaluation'>): RepeatedTasks[] {
  const trained = firstByText(tasks)
  const found = [...repeatsWithin(null, tasks)]
  for (const { name = '', tasks: heldOut } of evaluation ? evaluationSets(evaluation) : [])
    found.push(
      ...repeatsWithin(name, heldOut),
      ...repeatsOf(name, 'training', heldOut, (_, text) => trained.get(text)),
    )
  return found
}

function repeatsWithin(set: string | null, tasks: readonly Task[]): RepeatedTasks[] {
  const firsts = firstByText(tasks)
  return repeatsOf(set, 'own', tasks, (task, text) => {
    const earlier = firsts.get(text)
    return earlier === task ? undefined : earlier
  })
}

function repeatsOf(
  set: RepeatedTasks['set'],
  of: RepeatedTasks['of'],
  tasks: readonly Task[],
  repeated: (task: Task, text: string) => Task | undefined,
): RepeatedTasks[] {
  let [count, first]: [number, RepeatedTasks['first'] | undefined] = [0, undefined]
  for (const task of tasks) {
    const text = textOfTask(task)
    const earlier = repeated(task, text)
    if (earlier === undefined) continue
    count++
    first ??= { id: task.id, earlier: earlier.id, text }
  }
  return first === undefined ? [] : [{ set, of, count, tasks: tasks.length, first }]
}

function firstByText(tasks: readonly Task[]): Map<string, Task> {
  const firsts = new Map<string, Task>()
  for (const task of tasks) {
    const text = textOfTask(task)
    if (!firsts.has(text)) firsts.set(text, task)
  }
  return firsts
}

function textOfTask(task: Task): string {
  const { id, ...rest } = task
  const { question } = rest as { readonly question?: unknown }
  const text = typeof question === 'string' ? question : JSON.stringify(rest)
  return text === '{}' ? id : text.replace(/\s+/g, ' ').trim()
}
