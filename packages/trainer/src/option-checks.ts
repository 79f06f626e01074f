import { IcrlError, type Task } from '@icrl/core'

/** @throws `empty-tasks`; `invalid-option` for an id that occurs twice */
export function checkTasks(name: string, tasks: readonly Task[]): void {
  if (tasks.length === 0)
    throw new IcrlError(`${name} is empty.`, {
      code: 'empty-tasks',
      remedy: 'Give at least one task.',
    })
  const seen = new Set<string>()
  for (const { id } of tasks) {
    if (seen.has(id))
      refuse(
        `${name} holds the id "${id}" twice.`,
        'Ids name a task in draws and files: make them unique.',
      )
    seen.add(id)
  }
}

/** @throws `invalid-option` for what is no integer of `least` or more */
export function count(name: string, value: number, least = 1): void {
  if (!Number.isSafeInteger(value) || value < least)
    refuse(`${name} is ${value}.`, `Use an integer of ${least} or more.`)
}

/** @throws `invalid-option` for what is no finite number above 0 */
export function positive(name: string, value: number): void {
  if (!(value > 0 && value < Infinity))
    refuse(`${name} is ${value}.`, 'Use a finite number above 0.')
}

/** @throws `invalid-option` always */
export function refuse(what: string, remedy: string): never {
  throw new IcrlError(what, { code: 'invalid-option', remedy })
}
