import { IcrlError, isIcrlError } from '@icrl/core'
import { deadline } from '../sessions/deadline.ts'
import { reasonOf } from '../sessions/or-aborted.ts'
import { refusal, type Refusal } from './refusal.ts'

export interface PostOptions<Result> {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
  readonly fetch: typeof globalThis.fetch
  /** Milliseconds that a try may take. */
  readonly timeoutMs: number
  readonly retries: number
  readonly retryDelayMs: number
  readonly signal?: AbortSignal
  /** Reads the result in an answer's text; throws if there is none. */
  readonly read: (text: string) => Result
}

/** Longest wait between two tries, in milliseconds, whatever the server asks for. */
const LONGEST_WAIT_MS = 60_000

/**
 * Posts until an answer can be read, a refusal is final, or the tries are used up. A generation has
 * no side effects, so every try may be repeated.
 */
export async function postWithRetries<Result>(options: PostOptions<Result>): Promise<Result> {
  const { retries, retryDelayMs, signal } = options
  for (let tries = 1; ; tries++) {
    const outcome = await post(options)
    if ('result' in outcome) return outcome.result
    if (!outcome.passing || tries > retries) throw failed(outcome, tries)
    // `Math.random` is right here: it spreads the retries of sessions that were refused at the same
    // moment, and does not influence any result.
    const backoff = retryDelayMs * 2 ** (tries - 1) * (0.75 + 0.5 * Math.random())
    await pause(Math.min(LONGEST_WAIT_MS, outcome.waitMs ?? backoff), signal)
  }
}

async function post<Result>({
  url,
  headers,
  body,
  fetch,
  timeoutMs,
  signal,
  read,
}: PostOptions<Result>): Promise<{ readonly result: Result } | Refusal> {
  if (signal?.aborted) throw reasonOf(signal)
  using limit = deadline(timeoutMs, 'a try')
  const abort = (): void => limit.abort(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  try {
    const response = await fetch(url, { method: 'POST', headers, body, signal: limit.signal })
    const text = await response.text()
    if (!response.ok) return refusal(url, response, text)
    return { result: read(text) }
  } catch (cause) {
    if (signal?.aborted) throw reasonOf(signal)
    const { what, code, remedy } = trouble(limit.signal.aborted ? limit.signal.reason : cause)
    return { what: `${url}: ${what}`, code, remedy, cause, passing: true }
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

function failed({ what, code, remedy, cause }: Refusal, tries: number): IcrlError {
  return new IcrlError(tries === 1 ? what : `${what.replace(/\.$/, '')} (after ${tries} tries).`, {
    code,
    remedy,
    cause,
  })
}

/**
 * What went wrong before there was an answer to read. `fetch` says "fetch failed" and keeps the
 * reason in its cause.
 */
function trouble(cause: unknown): Pick<Refusal, 'what' | 'code' | 'remedy'> {
  if (isIcrlError(cause))
    return {
      what: cause.message.slice(0, -cause.remedy.length - 1),
      code: cause.code,
      remedy: cause.remedy,
    }
  const inner =
    cause instanceof Error && cause.cause instanceof Error
      ? ` (${cause.cause.message || String((cause.cause as { code?: unknown }).code)})`
      : ''
  return {
    what: `${cause instanceof Error ? cause.message : String(cause)}${inner}.`,
    code: 'unavailable',
    remedy: 'Check that the endpoint runs and the address is right.',
  }
}

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer)
      reject(reasonOf(signal as AbortSignal))
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', stop)
      resolve()
    }, milliseconds)
    if (signal?.aborted) return stop()
    signal?.addEventListener('abort', stop, { once: true })
  })
}
