import { IcrlError } from '@icrl/core'

/** How long a callback may take, and the option that says so. */
export interface Limit {
  readonly milliseconds: number
  readonly option: string
}

/** Milliseconds that a verifier's answer, or a call of an environment, may take. */
export const CALLBACK_MS = 600_000

/**
 * The result of a callback, or an error once it has taken too long: a promise that never settles
 * must not hold a session for ever. What it does later is lost.
 *
 * @param signal its session's; once that is over the clock stops, so as not to keep the process
 * @throws `timeout`
 */
export async function within<T>(
  { milliseconds, option }: Limit,
  what: string,
  work: T | Promise<T>,
  signal: AbortSignal,
): Promise<T> {
  if (milliseconds === Infinity || signal.aborted) return work
  let timer: ReturnType<typeof setTimeout> | undefined
  const limit = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new TookTooLong(what, milliseconds, option)), milliseconds)
  })
  const stop = (): void => clearTimeout(timer)
  signal.addEventListener('abort', stop, { once: true })
  try {
    return await Promise.race([work, limit])
  } finally {
    stop()
    signal.removeEventListener('abort', stop)
  }
}

/** A callback that a limit of {@link within} ended. */
export class TookTooLong extends IcrlError {
  constructor(what: string, milliseconds: number, option: string) {
    super(`${what}: no answer in ${milliseconds / 1000} s.`, {
      code: 'timeout',
      remedy: `Find what never settles, or raise ${option}.`,
    })
  }
}

/** @throws `invalid-option` for a limit that a clock cannot keep */
export function checkLimit(where: string, { milliseconds, option }: Limit): void {
  if (milliseconds === Infinity || (milliseconds > 0 && milliseconds <= 0x7fff_ffff)) return
  throw new IcrlError(`${where}: ${option} is ${milliseconds}.`, {
    code: 'invalid-option',
    remedy: 'Use milliseconds above 0 and below 2^31; Infinity switches the limit off.',
  })
}
