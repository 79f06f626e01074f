import { aborted } from '../aborted.ts'
import { isRequestFailure, type RequestFailure } from './request-json.ts'

export interface RetryOptions {
  /** Attempts after the first. */
  readonly retries: number
  /** Pause before the first of them; it doubles, up to five seconds. */
  readonly retryDelayMs: number
  /** Milliseconds after the first attempt within which the last one must begin. */
  readonly retryForMs: number
}

/**
 * What is left to one task, whatever it takes: requests within requests share their tries, so that
 * a fault does not multiply.
 */
export interface Tries {
  /** Further attempts that may be made. */
  left: number
  /** When the last one must begin, in milliseconds since 1970. */
  readonly until: number
  readonly retryDelayMs: number
}

export function startTries({ retries, retryDelayMs, retryForMs }: RetryOptions): Tries {
  return { left: retries, until: Date.now() + retryForMs, retryDelayMs }
}

const LONGEST_PAUSE_MS = 5000
/** However long a server asks to wait. */
const LONGEST_WAIT_MS = 60_000

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(aborted('agentgym'))
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
 * Tries again after failures, with growing pauses or those the server asks for.
 *
 * @param tries what is left; every further attempt takes one
 * @param mayRetry is asked after each failure; if it returns false the failure is thrown. Errors
 * other than `RequestFailure` are always thrown
 */
export async function retry<T>(
  attempt: () => Promise<T>,
  tries: Tries,
  signal: AbortSignal | undefined,
  mayRetry: (failure: RequestFailure) => boolean,
): Promise<T> {
  for (let failures = 0; ; failures++) {
    try {
      return await attempt()
    } catch (error) {
      if (!isRequestFailure(error) || !mayRetry(error)) throw error
      const backoff = Math.min(LONGEST_PAUSE_MS, tries.retryDelayMs * 2 ** failures)
      const wait = Math.min(LONGEST_WAIT_MS, error.waitMs ?? backoff)
      if (tries.left === 0 || Date.now() + wait > tries.until) throw error
      tries.left--
      await pause(wait, signal)
    }
  }
}
