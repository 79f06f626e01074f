import { IcrlError, publicAddress } from '@icrl/core'
import { addressBelow } from './address-below.ts'
import { limitConcurrency } from './limit-concurrency.ts'
import { isRequestFailure, requestJson, type RequestOptions } from './request-json.ts'
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
  /** As it may be printed. */
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
  /** False while it is set aside, because it does not answer. */
  isUp(): boolean
  request(
    path: string,
    options: Pick<RequestOptions, 'method' | 'body' | 'signal'>,
  ): Promise<unknown>
}

/** Servers that hold the same environment. */
export interface ServerPool {
  /**
   * Takes the server with the fewest episodes. One that does not answer is set aside: when its time
   * is over, one episode tries it, and the others follow once it has answered.
   */
  pick(): PooledServer
}

/** @throws IcrlError `invalid-option` if there is no server or an address is malformed */
export function serverPool(urls: readonly string[], options: ServerPoolOptions): ServerPool {
  if (urls.length === 0)
    throw new IcrlError('agentgym: no servers.', {
      code: 'invalid-option',
      remedy: 'Give at least one address.',
    })
  const servers = urls.map((url) => pooledServer(url, options))
  return {
    pick() {
      const trial = servers.find(({ health }) => health.isDue())
      if (trial) {
        trial.health.try()
        return trial
      }
      const up = servers.filter((server) => server.isUp())
      if (up.length > 0) return up.reduce((best, next) => (next.load < best.load ? next : best))
      // All are set aside: the one that is due first may be back by the time the request is sent.
      return servers.reduce((best, next) =>
        next.health.downUntil() < best.health.downUntil() ? next : best,
      )
    },
  }
}

function pooledServer(
  given: string,
  { timeoutMs, maxBytes, connections, transport }: ServerPoolOptions,
): PooledServer & { readonly health: Health } {
  if (!URL.canParse(given) || !/^https?:/.test(given))
    throw new IcrlError(`agentgym: "${publicAddress(given).slice(0, 80)}" is no address.`, {
      code: 'invalid-option',
      remedy: 'Give addresses such as http://127.0.0.1:36001.',
    })
  const limited = limitConcurrency(connections)
  const health = serverHealth()
  return {
    url: publicAddress(given).replace(/\/+$/, ''),
    epoch: 0,
    load: 0,
    closes: true,
    idle: [],
    health,
    isUp: health.isUp,
    request: (path, request) =>
      limited(() =>
        health.watch(
          requestJson(addressBelow(given, path), { ...request, timeoutMs, maxBytes, transport }),
        ),
      ),
  }
}

interface Health {
  isUp(): boolean
  /** True if the server is set aside and its time is over. */
  isDue(): boolean
  /** Sets it aside for as long again, until the one that tries it has its answer. */
  try(): void
  downUntil(): number
  /** Notes how a request ends. */
  watch<T>(request: Promise<T>): Promise<T>
}

/** Requests in a row without any answer after which a server counts as dead. */
const STRIKES = 3
const FIRST_REST_MS = 1000
const LONGEST_REST_MS = 60_000

function serverHealth(): Health {
  let strikes = 0
  let rest = FIRST_REST_MS
  let downUntil = 0
  let isTried = false
  const isSetAside = (): boolean => strikes >= STRIKES
  const strike = (weight: number): void => {
    const wasSetAside = isSetAside()
    strikes += weight
    // What was sent before it was set aside tells nothing new.
    if (!isSetAside() || (wasSetAside && !isTried)) return
    if (wasSetAside) rest = Math.min(LONGEST_REST_MS, 2 * rest)
    isTried = false
    downUntil = Date.now() + rest
  }
  return {
    isUp: () => !isSetAside(),
    isDue: () => isSetAside() && Date.now() >= downUntil,
    try() {
      isTried = true
      downUntil = Date.now() + rest
    },
    downUntil: () => downUntil,
    async watch(request) {
      try {
        const answer = await request
        strikes = 0
        rest = FIRST_REST_MS
        return answer
      } catch (error) {
        if (isRequestFailure(error)) {
          if (error.status !== undefined) strikes = 0
          else strike(error.kind === 'server-lost' ? STRIKES : 1)
        }
        throw error
      }
    },
  }
}
