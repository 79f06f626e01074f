import { IcrlError, isMarkedError, markError, publicAddress, retryAfter } from '@icrl/core'
import type { Transport, TransportReply } from './transport.ts'

/** How a request went wrong. It decides what may be tried next. */
export type FailureKind =
  /** The server said that it is too busy (status 503 or 429): nothing happened. */
  | 'not-sent'
  /** Nothing listens there any more, or the server has forgotten its sessions. */
  | 'server-lost'
  /** The server has dropped the session. */
  | 'session-lost'
  /** It may have been carried out, but no usable answer came. */
  | 'unknown'
  /**
   * The answer is an error that will not pass, too long, or of another kind than expected: trying
   * again is useless.
   */
  | 'rejected'

/** What is known of a {@link RequestFailure} beside its kind. */
export interface RequestFailureDetails {
  readonly status?: number
  readonly waitMs?: number
  readonly cause?: unknown
}

const REQUEST_FAILURE = 'icrl.environments.request-failure'

/**
 * A request that failed, and how. Who gets it from an episode or a retriever need not try again:
 * they have.
 *
 * @example
 * declare const error: unknown
 * if (isRequestFailure(error) && error.kind === 'server-lost') console.error(error.remedy)
 */
export class RequestFailure extends IcrlError {
  /** What went wrong. */
  readonly kind: FailureKind
  /** HTTP status, where there was an answer. */
  readonly status: number | undefined
  /** Milliseconds the server asks to wait before another try. */
  readonly waitMs: number | undefined

  constructor(message: string, kind: FailureKind, details: RequestFailureDetails = {}) {
    const { status, waitMs, cause } = details
    super(message, {
      code: 'environment-failed',
      remedy: 'Check the environment’s server.',
      cause,
      triedEnough: true,
    })
    this.kind = kind
    this.status = status
    this.waitMs = waitMs
    markError(this, REQUEST_FAILURE)
  }
}

/**
 * True for a {@link RequestFailure}, even of another copy of this package.
 *
 * @example
 * declare const error: unknown
 * if (isRequestFailure(error)) console.error(error.kind, error.status)
 */
export function isRequestFailure(error: unknown): error is RequestFailure {
  return isMarkedError(error, REQUEST_FAILURE)
}

export interface RequestOptions {
  readonly method: 'GET' | 'POST'
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  readonly signal?: AbortSignal
  readonly timeoutMs: number
  /** Longest answer. */
  readonly maxBytes: number
  readonly transport: Transport
}

const excerpt = (text: string): string => JSON.stringify(text.slice(0, 120))

function failureOf(where: string, cause: unknown): RequestFailure {
  const { message, code } =
    cause instanceof Error
      ? (cause as Error & { code?: unknown })
      : { message: String(cause), code: undefined }
  return new RequestFailure(
    `${where}: ${message || String(code)}.`,
    code === 'ECONNREFUSED' ? 'server-lost' : 'unknown',
    { cause },
  )
}

function read(
  where: string,
  { status, contentType, headers = {}, text, overflow }: TransportReply,
  maxBytes: number,
): unknown {
  if (overflow)
    throw new RequestFailure(`${where}: an answer of more than ${maxBytes} bytes.`, 'rejected', {
      status,
    })
  const waitMs = retryAfter((name) => [headers[name]].flat()[0], Date.now())
  if (status === 503 || status === 429)
    throw new RequestFailure(`${where}: status ${status}.`, 'not-sent', { status, waitMs })
  if (status >= 400)
    throw new RequestFailure(
      `${where}: status ${status}: ${excerpt(text)}.`,
      status >= 500 ? 'unknown' : 'rejected',
      { status, waitMs },
    )
  try {
    return JSON.parse(text)
  } catch (cause) {
    // HTML comes from a proxy or another kind of server; half a JSON text from a lost connection.
    const isHtml = /^\s*</.test(text) || contentType.includes('html')
    throw new RequestFailure(
      `${where}: ${isHtml ? 'HTML' : 'something'} instead of JSON: ${excerpt(text)}.`,
      isHtml ? 'rejected' : 'unknown',
      { status, cause },
    )
  }
}

/**
 * One request with a JSON answer, bounded in time and size.
 *
 * @throws RequestFailure with the kind of failure; IcrlError `aborted` if `signal` ended it
 */
export async function requestJson(url: string, options: RequestOptions): Promise<unknown> {
  const { method, body, headers, signal, timeoutMs, maxBytes, transport } = options
  const where = publicAddress(url)
  let reply: TransportReply
  try {
    reply = await transport(url, {
      method,
      body: body === undefined ? undefined : JSON.stringify(body),
      headers,
      signal,
      timeoutMs,
      maxBytes,
    })
  } catch (cause) {
    if (signal?.aborted)
      throw new IcrlError(`${where}: aborted.`, {
        code: 'aborted',
        remedy: 'Start the episode again if it is still wanted.',
        cause,
      })
    throw failureOf(where, cause)
  }
  return read(where, reply, maxBytes)
}
