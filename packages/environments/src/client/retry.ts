import { IcrlError } from '@icrl/core'
import { isRequestFailure, type RequestFailure } from './request-json.ts'

export interface RetryOptions {
  /** Attempts after the first. */
  readonly retries: number
  /** Pause before the first of them; it doubles, up to five seconds. */
  readonly retryDelayMs: number
}

const longestPause = 5000

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(
        new IcrlError('agentgym: aborted.', {
          code: 'aborted',
          remedy: 'Start the episode again if it is still wanted.',
        }),
      )
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, milliseconds)
    if (signal?.aborted) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
  })
}

/**
 * Tries again after failures, with growing pauses.
 *
 * @param mayRetry is asked after each failure; if it returns false the failure is thrown. Errors
 * other than `RequestFailure` are always thrown
 */
export async function retry<T>(
  attempt: () => Promise<T>,
  { retries, retryDelayMs }: RetryOptions,
  signal: AbortSignal | undefined,
  mayRetry: (failure: RequestFailure) => boolean,
): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt()
    } catch (error) {
      if (!isRequestFailure(error) || failures >= retries || !mayRetry(error)) throw error
      await pause(Math.min(longestPause, retryDelayMs * 2 ** failures), signal)
    }
  }
}
