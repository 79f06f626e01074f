import { IcrlError } from '@icrl/core'
import { aborted } from './aborted.ts'

/** How long a call may take, and who may call it off. */
export interface Deadline {
  readonly milliseconds: number
  readonly signal?: AbortSignal
  /** What is called, for messages: `http://127.0.0.1:8000: step`. */
  readonly what: string
}

/** What a timer of Node can wait at most. */
const LONGEST_TIMER = 2 ** 31 - 1

/**
 * The result of a call, unless it takes too long or is called off. It is told so by its signal, and
 * not waited for.
 *
 * @throws `timeout`, `aborted`
 */
export function withDeadline<T>(
  { milliseconds, signal, what }: Deadline,
  call: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController()
  return new Promise((resolve, reject) => {
    const stop = (error: IcrlError): void => {
      controller.abort(error)
      reject(error)
    }
    const onAbort = (): void => stop(aborted(what))
    if (signal?.aborted) return onAbort()
    const timer = setTimeout(
      () =>
        stop(
          new IcrlError(`${what} took longer than ${milliseconds} ms.`, {
            code: 'timeout',
            remedy: 'Raise timeoutMs if it needs so long.',
          }),
        ),
      Math.min(milliseconds, LONGEST_TIMER),
    )
    signal?.addEventListener('abort', onAbort, { once: true })
    call(controller.signal)
      .then(resolve, reject)
      .finally(() => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
      })
  })
}
