import { IcrlError } from '@icrl/core'
import { limitConcurrency } from './limit-concurrency.ts'
import { requestJson, type RequestOptions } from './request-json.ts'
import type { Transport } from './transport.ts'

export interface ServerPoolOptions {
  readonly timeoutMs: number
  readonly maxBytes: number
  /**
   * Most requests at a time to one server; waiting here costs less than waiting in the transport.
   */
  readonly connections: number
  readonly transport: Transport
}

/** One server of a pool. */
export interface PooledServer {
  readonly url: string
  /**
   * Incremented when the server turns out to have been restarted: sessions of an earlier epoch are
   * gone.
   */
  epoch: number
  /** Episodes that use the server. */
  load: number
  /** False once it is known to have no `/close`. */
  closes: boolean
  /** Sessions that could not be closed, with their epoch; they are used again. */
  readonly idle: { readonly id: number; readonly epoch: number }[]
  request(
    path: string,
    options: Pick<RequestOptions, 'method' | 'body' | 'signal'>,
  ): Promise<unknown>
}

/**
 * Servers that hold the same environment; `pick` takes the one with the fewest episodes.
 *
 * @throws IcrlError `invalid-option` if there is none or an address is malformed
 */
export function serverPool(
  urls: readonly string[],
  options: ServerPoolOptions,
): { pick(): PooledServer } {
  const { timeoutMs, maxBytes, connections, transport } = options
  if (urls.length === 0)
    throw new IcrlError('agentgym: no servers.', {
      code: 'invalid-option',
      remedy: 'Give at least one address.',
    })
  const servers = urls.map((given): PooledServer => {
    if (!URL.canParse(given) || !/^https?:/.test(given))
      throw new IcrlError(`agentgym: "${given.slice(0, 80)}" is no address.`, {
        code: 'invalid-option',
        remedy: 'Give addresses such as http://127.0.0.1:36001.',
      })
    const url = given.replace(/\/+$/, '')
    const limited = limitConcurrency(connections)
    return {
      url,
      epoch: 0,
      load: 0,
      closes: true,
      idle: [],
      request: (path, request) =>
        limited(() => requestJson(url + path, { ...request, timeoutMs, maxBytes, transport })),
    }
  })
  return { pick: () => servers.reduce((best, server) => (server.load < best.load ? server : best)) }
}
