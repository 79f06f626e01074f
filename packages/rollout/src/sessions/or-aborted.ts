import { IcrlError } from '@icrl/core'

/** Milliseconds that aborted work may take to settle by itself before it is abandoned. */
export const GRACE_MS = 1000

/**
 * The result of `work`, or a rejection with the signal's reason if the work has not settled some
 * time after the abort. Work that heeds the signal settles by itself in that time, so what it had
 * done (tokens already sampled, an environment closed) is not lost.
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
    remedy: 'Nothing to fix if you asked for it.',
    cause: reason,
  })
}
