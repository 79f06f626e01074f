import { IcrlError, isIcrlError } from '@icrl/core'
import { deadline } from '../sessions/deadline.ts'
import { reasonOf } from '../sessions/or-aborted.ts'
import type { EndpointAddress } from './endpoint-address.ts'
import { errorIn, readErrorBody, type ErrorBody } from './error-body.ts'
import { redactedCause, type Redact } from './redact.ts'
import { refusal, type Refusal } from './refusal.ts'

/** Where a request goes, and what is kept out of errors. */
export interface PostTarget {
  readonly address: EndpointAddress
  readonly path: string
  readonly headers: Readonly<Record<string, string>>
  readonly redact: Redact
}

export interface PostOptions<Result> extends PostTarget {
  /** The body, made anew for every try. */
  readonly body: () => Readonly<Record<string, unknown>>
  /**
   * Asked after a refusal that would be final; true if the next body takes account of it, so that
   * it is sent at once.
   */
  readonly adapts: (said: ErrorBody) => boolean
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
 * Posts until an answer can be read, a refusal is final, or the tries are used up: those counted by
 * `retries`, and the time that all of them together may take. A generation has no side effects, so
 * every try may be repeated.
 */
export async function postWithRetries<Result>(options: PostOptions<Result>): Promise<Result> {
  const { retries, retryDelayMs, timeoutMs, signal, redact } = options
  const last = Date.now() + (retries + 1) * timeoutMs
  for (let tries = 1; ; tries++) {
    const outcome = await post(options)
    if ('result' in outcome) return outcome.result
    // `Math.random` is right here: it spreads the retries of sessions that were refused at the same
    // moment, and does not influence any result.
    const backoff = retryDelayMs * 2 ** (tries - 1) * (0.75 + 0.5 * Math.random())
    const wait = Math.min(LONGEST_WAIT_MS, outcome.waitMs ?? backoff)
    if (!outcome.passing || tries > retries || Date.now() + wait > last)
      throw failed(outcome, tries, redact)
    await pause(wait, signal)
  }
}

async function post<Result>(
  options: PostOptions<Result>,
): Promise<{ readonly result: Result } | Refusal> {
  const { address, path, headers, body, fetch, timeoutMs, signal, read, adapts } = options
  if (signal?.aborted) throw reasonOf(signal)
  using limit = deadline(timeoutMs, 'a try')
  const abort = (): void => limit.abort(signal?.reason)
  signal?.addEventListener('abort', abort, { once: true })
  const sent = body()
  try {
    const response = await fetch(address.at(path), {
      method: 'POST',
      headers,
      body: JSON.stringify(sent),
      signal: limit.signal,
    })
    const text = await response.text()
    const error = response.ok ? errorIn(text) : readErrorBody(text)
    if (!error) return { result: read(text) }
    const refused = refusal(address.shown(path), response, error, Object.keys(sent))
    return !refused.passing && adapts(error) ? await post(options) : refused
  } catch (cause) {
    if (signal?.aborted) throw reasonOf(signal)
    const { what, code, remedy } = trouble(limit.signal.aborted ? limit.signal.reason : cause)
    return { what: `${address.shown(path)}: ${what}`, code, remedy, cause, passing: true }
  } finally {
    signal?.removeEventListener('abort', abort)
  }
}

function failed({ what, code, remedy, cause }: Refusal, tries: number, redact: Redact): IcrlError {
  const words = tries === 1 ? what : `${what.replace(/\.$/, '')} (after ${tries} tries).`
  return new IcrlError(redact(words), { code, remedy, cause: redactedCause(cause, redact) })
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
