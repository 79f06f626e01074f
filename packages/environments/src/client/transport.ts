import { Agent as HttpAgent, request as requestHttp } from 'node:http'
import { Agent as HttpsAgent, request as requestHttps } from 'node:https'

/** What is sent. */
export interface TransportRequest {
  /** HTTP method. */
  readonly method: 'GET' | 'POST'
  /** JSON text. */
  readonly body: string | undefined
  /** Further headers. @defaultValue none */
  readonly headers?: Readonly<Record<string, string>>
  /** Ends the request. */
  readonly signal: AbortSignal | undefined
  /** Milliseconds after which it fails. */
  readonly timeoutMs: number
  /** Longest answer. */
  readonly maxBytes: number
}

/**
 * What comes back. `overflow` says that the answer was longer than allowed and has been cut off.
 */
export interface TransportReply {
  /** HTTP status. */
  readonly status: number
  /** Of the body. */
  readonly contentType: string
  /** By their names in lower case; `retry-after` and its like are read. */
  readonly headers?: Readonly<Record<string, string | string[] | undefined>>
  /** The body. */
  readonly text: string
  /** Whether the body was too long, and is cut. */
  readonly overflow?: boolean
}

/**
 * Sends a request; rejects if no whole answer came. The error's `code` is the system's
 * (`ECONNREFUSED`), or `ETIMEDOUT` after `timeoutMs`.
 */
export type Transport = (url: string, request: TransportRequest) => Promise<TransportReply>

function failure(message: string, code: string): Error {
  return Object.assign(new Error(message), { code })
}

/**
 * HTTP over kept connections: several times faster than `fetch`, and never more sockets than given.
 *
 * @param sockets most sockets to one server at a time
 */
export function httpTransport(sockets: number): Transport {
  const http = new HttpAgent({
    keepAlive: true,
    maxSockets: sockets,
    maxFreeSockets: sockets,
    scheduling: 'lifo',
  })
  const https = new HttpsAgent({
    keepAlive: true,
    maxSockets: sockets,
    maxFreeSockets: sockets,
    scheduling: 'lifo',
  })
  return (url, { method, body, headers: further, signal, timeoutMs, maxBytes }) =>
    new Promise((resolve, reject) => {
      const isSecure = url.startsWith('https:')
      const headers =
        body === undefined
          ? { ...further }
          : {
              ...further,
              'content-type': 'application/json',
              'content-length': Buffer.byteLength(body),
            }
      const request = (isSecure ? requestHttps : requestHttp)(url, {
        method,
        headers,
        agent: isSecure ? https : http,
      })
      const onAbort = (): void => void request.destroy(failure('aborted', 'ABORT_ERR'))
      const timer = setTimeout(
        () => request.destroy(failure(`no answer in ${timeoutMs} ms`, 'ETIMEDOUT')),
        timeoutMs,
      )
      let isSettled = false
      const settle = (finish: () => void): void => {
        if (isSettled) return
        isSettled = true
        clearTimeout(timer)
        signal?.removeEventListener('abort', onAbort)
        finish()
      }
      request.on('error', (error) => settle(() => reject(error)))
      request.on('response', (response) => {
        const chunks: Buffer[] = []
        let size = 0
        const reply = (overflow: boolean): void =>
          settle(() =>
            resolve({
              status: response.statusCode ?? 0,
              contentType: response.headers['content-type'] ?? '',
              headers: response.headers,
              text: Buffer.concat(chunks).toString('utf8'),
              overflow,
            }),
          )
        response.on('data', (chunk: Buffer) => {
          size += chunk.length
          if (size <= maxBytes) return void chunks.push(chunk)
          reply(true)
          request.destroy()
        })
        response.on('end', () => reply(false))
        response.on('error', (error) => settle(() => reject(error)))
        // A connection lost in the middle of an answer closes the response without an end.
        response.on('close', () =>
          settle(() => reject(failure('the answer was cut off', 'ECONNRESET'))),
        )
      })
      if (signal?.aborted) onAbort()
      else signal?.addEventListener('abort', onAbort, { once: true })
      request.end(body)
    })
}
