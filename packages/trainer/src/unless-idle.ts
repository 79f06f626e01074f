import { IcrlError } from '@icrl/core'

/** What the process waits for, the newest last. */
const waiting: (() => void)[] = []

const onIdle = (): void => waiting.at(-1)?.()

interface ProcessEvents {
  on(event: 'beforeExit', listener: () => void): void
  off(event: 'beforeExit', listener: () => void): void
}

/**
 * The result of the work, or an error once the process has nothing left to do that could settle it.
 * Node would end without a word, as if all were well but for its exit code 13, and a run's lock
 * would stay. A browser does not tell.
 *
 * @param what what waits, as the beginning of a sentence
 * @throws `timeout`
 */
export async function unlessIdle<T>(what: string, work: Promise<T>): Promise<T> {
  const { process } = globalThis as { process?: Partial<ProcessEvents> }
  if (typeof process?.on !== 'function' || typeof process.off !== 'function') return work
  const events = process as ProcessEvents
  if (waiting.length === 0) events.on('beforeExit', onIdle)
  let giveUp: () => void = () => undefined
  const idle = new Promise<never>((_, reject) => {
    giveUp = () => reject(neverSettles(what))
  })
  waiting.push(giveUp)
  try {
    return await Promise.race([work, idle])
  } finally {
    waiting.splice(waiting.indexOf(giveUp), 1)
    if (waiting.length === 0) events.off('beforeExit', onIdle)
  }
}

function neverSettles(what: string): IcrlError {
  return new IcrlError(`${what} waits for something, and the process has nothing left to do.`, {
    code: 'timeout',
    remedy:
      'A promise never settles: look at what you gave it, its rewards, environments, hooks and engines.',
  })
}
