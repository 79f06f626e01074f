import { IcrlError } from '@icrl/core'

/** How long aborted work may take to settle by itself before it is left behind, in milliseconds. */
export const GRACE_MS = 1000

/**
 * The result of `work`, or a rejection with the signal's reason once it is aborted and a grace has
 * passed: work that heeds the signal settles by itself, and what it had done (tokens already
 * sampled, an environment closed) is not lost.
 */
export function orAborted<Result>(
  work: Promise<Result>,
  signal: AbortSignal,
  graceMs: number = GRACE_MS,
): Promise<Result> {
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined
    const leave = (): void => {
      timer = setTimeout(() => reject(reasonOf(signal)), graceMs)
    }
    if (signal.aborted) leave()
    else signal.addEventListener('abort', leave, { once: true })
    work.then(resolve, reject).finally(() => {
      clearTimeout(timer)
      signal.removeEventListener('abort', leave)
    })
  })
}

/** What an aborted signal was aborted with, as an error. */
export function reasonOf(signal: AbortSignal): Error {
  const { reason } = signal
  if (reason instanceof Error && reason.name !== 'AbortError') return reason
  return new IcrlError('sessions: aborted.', {
    code: 'aborted',
    remedy: 'Nothing to mend if you asked for it.',
    cause: reason,
  })
}
