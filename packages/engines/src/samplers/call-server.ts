import { IcrlError, retryAfter } from '@icrl/core'
import type { Call } from './sampler-wire.ts'

/** How a server is reached. */
export interface ServerAccess {
  /** Sent as `Authorization: Bearer …`. @defaultValue nothing is sent */
  readonly apiKey?: string
  /** Milliseconds that one call may take. @defaultValue 600,000 */
  readonly timeoutMs?: number
  /** Tries after the first that a call has. @defaultValue 5 */
  readonly retries?: number
  /** What sends the requests. @defaultValue the global one */
  readonly fetch?: typeof fetch
}

/** An answer that trying again does not change. */
export class RefusedCall extends Error {
  readonly status: number

  constructor(status: number, text: string) {
    super(text)
    this.status = status
  }
}

/** What went wrong with a call that may succeed when it is tried again. */
export class FailedCall extends Error {
  /** Milliseconds that the server asks to wait. */
  readonly wait?: number

  constructor(message: string, { wait, cause }: { wait?: number; cause?: unknown } = {}) {
    super(message, { cause })
    this.wait = wait
  }
}

/** Characters of a server's own words that an error repeats. */
const LONGEST_WORDS = 300

/**
 * Makes one call.
 *
 * @returns the JSON of the answer; its text, where it is no JSON and none is expected
 * @throws `FailedCall` for no answer, half of one, 408, 425, 429 and 5xx; `RefusedCall` for any
 * other status; the reason of `signal`
 */
export async function callServer(
  url: string,
  { path, body }: Call,
  { apiKey, timeoutMs = 600_000, fetch: send = fetch }: ServerAccess,
  { signal, text: allowsText = false }: { signal?: AbortSignal; text?: boolean } = {},
): Promise<unknown> {
  const limit = AbortSignal.timeout(timeoutMs)
  let response: Response
  let text: string
  try {
    response = await send(`${url}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        ...(body !== undefined && { 'content-type': 'application/json' }),
        ...(apiKey !== undefined && { authorization: `Bearer ${apiKey}` }),
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      signal: signal ? AbortSignal.any([signal, limit]) : limit,
    })
    text = await response.text()
  } catch (cause) {
    signal?.throwIfAborted()
    throw new FailedCall(limit.aborted ? `no answer within ${timeoutMs} ms` : reasonOf(cause), {
      cause,
    })
  }
  const { status } = response
  if (response.ok) return parsed(text, allowsText)
  const words = `${status} ${text.slice(0, LONGEST_WORDS)}`
  if ([408, 425, 429].includes(status) || status >= 500)
    throw new FailedCall(words, {
      wait: retryAfter((name) => response.headers.get(name), Date.now()),
    })
  throw new RefusedCall(status, words)
}

function parsed(text: string, allowsText: boolean): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    if (allowsText) return text
    throw new FailedCall(`an answer that is no JSON, or half of it, of ${text.length} characters`, {
      cause,
    })
  }
}

/** `fetch failed` says nothing; what caused it does. */
function reasonOf(error: unknown): string {
  const { message, cause } = error as Error
  return cause instanceof Error ? `${message}: ${cause.message}` : message
}

const [FIRST_WAIT, LONGEST_WAIT] = [100, 8000]

/**
 * Tries until the work succeeds, is refused or was tried often enough. Waits in between: as long as
 * the server asks, else 100 ms, 200 ms … 8 s.
 *
 * @throws `unavailable` after the last try
 */
export async function withRetries<Result>(
  what: string,
  { retries = 5 }: ServerAccess,
  work: (attempt: number) => Promise<Result>,
  signal?: AbortSignal,
): Promise<Result> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await work(attempt)
    } catch (error) {
      if (!(error instanceof FailedCall)) throw error
      if (attempt >= retries)
        throw new IcrlError(`${what}: ${error.message}, ${attempt + 1} times.`, {
          code: 'unavailable',
          remedy: 'Look at the server and its log; a run can be resumed once it is back.',
          cause: error,
          triedEnough: true,
        })
      const wait = Math.min(LONGEST_WAIT, error.wait ?? FIRST_WAIT * 2 ** attempt)
      await pause(wait, signal)
    }
  }
}

function pause(milliseconds: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const end = (): void => {
      clearTimeout(timer)
      reject(signal!.reason as Error)
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', end)
      resolve()
    }, milliseconds)
    if (signal?.aborted) end()
    else signal?.addEventListener('abort', end, { once: true })
  })
}
