import type { HttpApp } from '../src/server/app.ts'
import type { Transport, TransportReply } from '../src/client/transport.ts'
import { json, plain } from './responding.ts'

/** A request as it reached a server. */
export interface AppRequest {
  readonly path: string
  readonly body: Readonly<Record<string, unknown>>
  readonly url: URL
  readonly signal: AbortSignal | undefined
  readonly timeoutMs: number
}

/**
 * Apps by the hosts they run on, without a network. `fault` may answer or fail in an app's place;
 * what returns nothing is carried out.
 */
export function appTransport(
  apps: Readonly<Record<string, HttpApp>>,
  fault: (request: AppRequest) => void | TransportReply | Promise<void | TransportReply>,
): Transport {
  return async (address, { method, body, signal, timeoutMs }) => {
    const url = new URL(address)
    const { pathname: path, hostname, searchParams: query } = url
    const given = body === undefined ? {} : (JSON.parse(body) as Record<string, unknown>)
    const instead = await fault({ path, body: given, url, signal, timeoutMs })
    if (instead) return instead
    const reply = await apps[hostname].handle({ method, path, query, body: given })
    return reply.text === undefined
      ? json(reply.json ?? null, reply.status)
      : plain(reply.text, reply.status)
  }
}

/** What a system says of a request; `ECONNREFUSED` where nobody listens. */
export function systemError(code: string): Error {
  return Object.assign(new Error(code), { code })
}
