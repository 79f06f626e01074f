import type { Transport, TransportReply } from '../src/client/transport.ts'

/** A reply with a JSON text. */
export function json(value: unknown, status = 200): TransportReply {
  return { status, contentType: 'application/json', text: JSON.stringify(value) }
}

/** A reply with any text. */
export function plain(text: string, status = 200, contentType = 'text/plain'): TransportReply {
  return { status, contentType, text }
}

/**
 * A transport without a network: the reply of a function of path and body, cut as the real one
 * cuts.
 */
export function responding(
  reply: (path: string, body: unknown) => TransportReply | Promise<TransportReply>,
): Transport {
  return async (url, { body, maxBytes }) => {
    const given = await reply(
      new URL(url).pathname,
      body === undefined ? undefined : JSON.parse(body),
    )
    return given.text.length > maxBytes
      ? { ...given, text: given.text.slice(0, maxBytes), overflow: true }
      : given
  }
}

/** A transport that never answers: it ends with the signal, or after its time. */
export const silent: Transport = (_, { signal, timeoutMs }) =>
  new Promise((_resolve, reject) => {
    const timer = setTimeout(
      () => reject(Object.assign(new Error(`no answer in ${timeoutMs} ms`), { code: 'ETIMEDOUT' })),
      timeoutMs,
    )
    signal?.addEventListener('abort', () => {
      clearTimeout(timer)
      reject(new Error('aborted'))
    })
  })
