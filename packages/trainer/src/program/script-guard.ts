import { IcrlError, isIcrlError } from '@icrl/core'
import { startStopwatch } from '../step/stopwatch.ts'
import type { ProgramOptions } from './program-options.ts'
import { checkStepName } from './step-folder.ts'

/** Keeps a script to one thing at a time, and ends it where the program is to pause. */
export interface ScriptGuard {
  /**
   * Runs what the script asked for.
   *
   * @throws `invalid-option` if something else is under way; the error of the work, naming `what`;
   * `aborted` once the program is to pause
   */
  run<Result>(what: string, work: () => Promise<Result>): Promise<Result>
  /** @throws `invalid-option` if the script used the name before, or no folder can have it */
  claim(name: string): void
  /** Ends the script, because a step was told to pause. */
  pause(): never
  isPaused(): boolean
  /** Minutes left of `maxMinutes`, above 0; undefined if there is no limit. */
  minutesLeft(): number | undefined
  /**
   * Waits for what the script began without waiting for it.
   *
   * @throws `invalid-option` if there is such a thing
   */
  finish(): Promise<void>
  /** Waits for what is under way, however it ends. */
  settle(): Promise<void>
}

/** @throws nothing */
export function scriptGuard({
  signal,
  maxMinutes = Infinity,
}: Pick<ProgramOptions, 'signal' | 'maxMinutes'>): ScriptGuard {
  const watch = startStopwatch()
  const names = new Map<string, string>()
  let pausedBy: IcrlError | undefined
  let running: { readonly what: string; readonly ends: Promise<unknown> } | undefined
  const minutesLeft = (): number => maxMinutes - watch.total() / 60
  const pause = (): never => {
    pausedBy ??= new IcrlError('program: it was paused.', {
      code: 'aborted',
      remedy: 'Resume it to go on.',
    })
    throw pausedBy
  }
  const settle = async (): Promise<void> => {
    await Promise.allSettled([running?.ends])
  }
  return {
    async run(what, work) {
      if (running)
        refuse(
          `${what} began while ${running.what} was under way.`,
          'Await each before the next: all of them use the policies.',
        )
      if (pausedBy || signal?.aborted || minutesLeft() <= 0) return pause()
      const ends = naming(what, work)
      running = { what, ends }
      try {
        return await ends
      } catch (error) {
        if (signal?.aborted && (error === signal.reason || isIcrlError(error, 'aborted')))
          return pause()
        throw error
      } finally {
        running = undefined
      }
    },
    claim(name) {
      checkStepName(name)
      const taken = names.get(name.toLowerCase())
      if (taken !== undefined)
        refuse(
          `two steps are called "${taken}"${taken === name ? '' : ` and "${name}"`}.`,
          'The name is all that tells a step from others: in a loop, make the round part of it.',
        )
      names.set(name.toLowerCase(), name)
    },
    pause,
    isPaused: () => pausedBy !== undefined,
    minutesLeft: () => (maxMinutes === Infinity ? undefined : Math.max(minutesLeft(), 1e-9)),
    async finish() {
      if (!running) return
      const { what } = running
      await settle()
      refuse(`the script ended while ${what} was under way.`, 'Await every step.')
    },
    settle,
  }
}

/** Puts the step's name before the messages of its errors. */
async function naming<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  try {
    return await work()
  } catch (error) {
    if (!isIcrlError(error) || error.code === 'aborted') throw error
    const { message, remedy, code } = error
    const text = message.endsWith(remedy) ? message.slice(0, -remedy.length).trimEnd() : message
    throw new IcrlError(`${what}: ${text.replace(/^(train|program): /, '')}`, {
      code,
      remedy,
      cause: error,
    })
  }
}

function refuse(what: string, remedy: string): never {
  throw new IcrlError(`program: ${what}`, { code: 'invalid-option', remedy })
}
