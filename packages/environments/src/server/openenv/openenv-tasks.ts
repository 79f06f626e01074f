import { IcrlError, type Environment } from '@icrl/core'

/** A task as the Task API of OpenEnv lists it. */
export interface ListedTask {
  readonly id: string
  readonly split: string
  readonly index: number
}

/** What a reset says of the task it wants; null where it says nothing. */
export interface WantedTask {
  readonly task_id: string | null
  readonly split: string | null
  readonly index: number | null
  readonly seed: number | null
}

/** The tasks of an environment, by split and index. */
export interface OpenenvTasks {
  /** @throws `invalid-option` for an unknown split */
  list(split: string): Promise<readonly ListedTask[]>
  /**
   * The task with this id, or the one at this index of its split (default: train), or the one that a
   * seed stands for, which is its remainder by the number of tasks. A reset that wants none gets
   * the next one in order, over all connections.
   *
   * @throws `invalid-option` for a task or split there is not
   */
  choose(wanted: WantedTask): Promise<ListedTask>
}

/** The splits of every environment. */
export const SPLITS = ['train', 'test'] as const

export function openenvTasks(environment: Environment): OpenenvTasks {
  let resets = 0
  const list = async (split: string): Promise<ListedTask[]> => {
    // An environment refuses a split that it does not know.
    const ids = await environment.taskIds(split as 'train')
    return ids.map((id, index) => ({ id, split, index }))
  }
  const refuse = (what: string, remedy: string): IcrlError =>
    new IcrlError(`${environment.name}: ${what}.`, { code: 'invalid-option', remedy })
  const byId = async (id: string): Promise<ListedTask> => {
    for (const split of SPLITS) {
      const found = (await list(split)).find((task) => task.id === id)
      if (found) return found
    }
    throw refuse(`no task "${id.slice(0, 80)}"`, 'Take an id that the Task API lists.')
  }
  return {
    list,
    async choose({ task_id: id, split, index, seed }) {
      if (id !== null) return byId(id)
      const tasks = await list(split ?? 'train')
      if (tasks.length === 0)
        throw refuse(`no tasks in "${split ?? 'train'}"`, 'Choose another split.')
      const found = tasks.at(index ?? (seed ?? resets++) % tasks.length)
      if (found) return found
      throw refuse(`no task at index ${index}`, `Use 0 to ${tasks.length - 1}.`)
    },
  }
}
