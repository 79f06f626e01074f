import { IcrlError } from '@icrl/core'

/** How a request went wrong; decides what may be tried next. */
export type FailureKind =
  /** It did not get there, or the server said that it is too busy: nothing happened. */
  | 'not-sent'
  /** Nothing listens there any more, or what does has forgotten its sessions. */
  | 'server-lost'
  /** The server has dropped the session. */
  | 'session-lost'
  /** It may have been carried out, but no usable answer came. */
  | 'unknown'
  /** The answer says what is wrong with the request. */
  | 'rejected'

/** A request that failed, and how. */
export class RequestFailure extends IcrlError {
  readonly kind: FailureKind
  readonly status: number | undefined

  constructor(message: string, kind: FailureKind, status?: number, cause?: unknown) {
    super(message, { code: 'environment-failed', remedy: 'Check the environment’s server.', cause })
    this.kind = kind
    this.status = status
  }
}

export interface RequestOptions {
  readonly method: 'GET' | 'POST'
  readonly body?: unknown
  readonly signal?: AbortSignal
  readonly timeoutMs: number
  /** Longest answer. */
  readonly maxBytes: number
  readonly fetch: typeof globalThis.fetch
}

function isRefused(error: unknown): boolean {
  for (let cause = error, depth = 0; cause instanceof Error && depth < 5; cause = cause.cause, depth++) {
    if ('code' in cause && cause.code === 'ECONNREFUSED') return true
    if (cause instanceof AggregateError && cause.errors.some(isRefused)) return true
  }
  return false
}

async function readText(response: Response, url: string, maxBytes: number): Promise<string> {
  if (!response.body) return ''
  const decoder = new TextDecoder()
  const reader = response.body.getReader()
  let text = ''
  let size = 0
  for (;;) {
    const { done, value } = await reader.read()
    if (done) return text + decoder.decode()
    size += value.length
    if (size > maxBytes) {
      await reader.cancel()
      throw new RequestFailure(`${url}: an answer of more than ${maxBytes} bytes.`, 'rejected', response.status)
    }
    text += decoder.decode(value, { stream: true })
  }
}

const excerpt = (text: string): string => JSON.stringify(text.slice(0, 120))

function parse(text: string, url: string, status: number, type: string | null): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    // A page of HTML is what proxies and other servers send; half a JSON text is a lost connection.
    const html = /^\s*</.test(text) || (type?.includes('html') ?? false)
    throw new RequestFailure(`${url}: ${html ? 'HTML' : 'something'} instead of JSON: ${excerpt(text)}.`, html ? 'rejected' : 'unknown', status, cause)
  }
}

/**
 * One request with a JSON answer, bounded in time and size.
 *
 * @throws RequestFailure with the kind of failure; IcrlError `aborted` where `signal` ended it
 * @example
 * await requestJson('http://127.0.0.1:36001/create', { method: 'POST', timeoutMs: 1000, maxBytes: 1e6, fetch })
 */
export async function requestJson(url: string, options: RequestOptions): Promise<unknown> {
  const { method, body, signal, timeoutMs, maxBytes, fetch } = options
  const limit = AbortSignal.timeout(timeoutMs)
  const init = body === undefined ? { method } : { method, body: JSON.stringify(body), headers: { 'content-type': 'application/json' } }
  try {
    const response = await fetch(url, { ...init, signal: signal ? AbortSignal.any([signal, limit]) : limit })
    const text = await readText(response, url, maxBytes)
    const { status } = response
    if (status === 502 || status === 503 || status === 504 || status === 429) throw new RequestFailure(`${url}: status ${status}.`, status === 502 || status === 504 ? 'unknown' : 'not-sent', status)
    if (status >= 500) throw new RequestFailure(`${url}: status ${status}: ${excerpt(text)}.`, 'unknown', status)
    if (status >= 400) throw new RequestFailure(`${url}: status ${status}: ${excerpt(text)}.`, 'rejected', status)
    return parse(text, url, status, response.headers.get('content-type'))
  } catch (cause) {
    if (cause instanceof IcrlError) throw cause
    if (signal?.aborted) throw new IcrlError(`${url}: aborted.`, { code: 'aborted', remedy: 'Start the episode again if it is still wanted.', cause })
    if (limit.aborted) throw new RequestFailure(`${url}: no answer in ${timeoutMs} ms.`, 'unknown', undefined, cause)
    const reason = cause instanceof Error ? [cause.message, cause.cause instanceof Error ? cause.cause.message : ''].filter((part) => part !== '').join(': ') : String(cause)
    throw new RequestFailure(`${url}: ${reason}.`, isRefused(cause) ? 'server-lost' : 'unknown', undefined, cause)
  }
}
