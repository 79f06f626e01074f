import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Duplex } from 'node:stream'
import { IcrlError } from '@icrl/core'
import { isLoopback } from './is-loopback.ts'
import { requestOf } from './request-of.ts'

/** Answers a request. What it throws is answered with status 500, without a word of it. */
export type Handler = (request: Request) => Response | Promise<Response>

/** Options of {@link listen}. */
export interface ListenOptions {
  /** The port to listen on. @defaultValue 0, any free port */
  readonly port?: number
  /** The address to listen on. @defaultValue 127.0.0.1, which only this machine reaches */
  readonly host?: string
  /** Number of ports that the same handler answers, from `port` on. @defaultValue 1 */
  readonly ports?: number
  /**
   * Longest body of a request, in bytes; a longer one is answered with status 413.
   *
   * @defaultValue 1 MiB
   */
  readonly maxBody?: number
  /**
   * True: the handler lets nobody in without a secret. Without it, a host that other machines reach
   * is refused.
   *
   * @defaultValue false
   */
  readonly isGuarded?: boolean
  /** Told what a handler threw. @defaultValue nobody */
  readonly onError?: (error: unknown) => void
  /**
   * Takes the connections of WebSockets: `webSockets` of `@icrl/serve/websocket`.
   *
   * @defaultValue the handler answers them as it answers any other request
   */
  readonly sockets?: SocketServer
}

/** Takes connections that leave HTTP, on the port of a server. */
export interface SocketServer {
  /** Takes or refuses one, as the event `upgrade` of Node's server gives it. */
  upgrade(incoming: IncomingMessage, socket: Duplex, head: Buffer): void
  /** Ends all of them. */
  close(): void
}

/** A server that listens. */
export interface RunningServer {
  /** One address per port: `http://127.0.0.1:36001`. */
  readonly urls: readonly string[]
  /** Stops listening and ends all connections. */
  close(): Promise<void>
}

const MIB = 1024 * 1024

/**
 * Serves a handler of web-standard requests over HTTP. Bodies are read whole before the handler
 * sees them, within the limit. Answers stream: a slow reader holds up nobody else, and where a
 * client goes away the body's `cancel` is called and `request.signal` aborts.
 *
 * @throws `invalid-option` for a host that other machines reach, unless `isGuarded`; `unavailable`
 * if a port is taken
 * @example
 * const server = await listen(() => new Response('ok'), { port: 8080 })
 * console.log(server.urls[0])
 */
export async function listen(
  handler: Handler,
  options: ListenOptions = {},
): Promise<RunningServer> {
  const { port = 0, host = '127.0.0.1', ports = 1, isGuarded = false } = options
  if (!isGuarded && !isLoopback(host))
    throw new IcrlError(`listen: other machines can reach ${host}, and no token is given.`, {
      code: 'invalid-option',
      remedy: 'Give a token, or listen on 127.0.0.1.',
    })
  const servers: Server[] = []
  const close = async (): Promise<void> => {
    const closed = Promise.all(servers.map(closeServer))
    options.sockets?.close()
    await closed
  }
  try {
    for (let i = 0; i < ports; i++)
      servers.push(await listenOn(handler, port === 0 ? 0 : port + i, host, options))
  } catch (error) {
    await close()
    throw error
  }
  const name = host.includes(':') ? `[${host}]` : host
  const portOf = (server: Server): number => (server.address() as AddressInfo).port
  return { urls: servers.map((server) => `http://${name}:${portOf(server)}`), close }
}

function closeServer(server: Server): Promise<void> {
  return new Promise((resolve) => {
    server.close(() => resolve())
    server.closeAllConnections()
  })
}

function listenOn(
  handler: Handler,
  port: number,
  host: string,
  { maxBody = MIB, onError, sockets }: ListenOptions,
): Promise<Server> {
  const server = createServer((incoming, outgoing) => {
    respond(handler, incoming, outgoing, maxBody, onError).catch((error: unknown) => {
      onError?.(error)
      outgoing.destroy()
    })
  })
  server.keepAliveTimeout = 60_000
  if (sockets) server.on('upgrade', sockets.upgrade)
  return new Promise((resolve, reject) => {
    server.once('error', (cause) =>
      reject(
        new IcrlError(`cannot listen on ${host}:${port}: ${cause.message}.`, {
          code: 'unavailable',
          remedy: 'Choose another port.',
          cause,
        }),
      ),
    )
    server.listen(port, host, () => resolve(server))
  })
}

async function respond(
  handler: Handler,
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  maxBody: number,
  onError: ListenOptions['onError'],
): Promise<void> {
  const gone = new AbortController()
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) gone.abort()
  })
  const body = await readBody(incoming, maxBody)
  if (body === undefined) return send(outgoing, tooLong(maxBody), gone.signal)
  let response: Response
  try {
    response = await handler(requestOf(incoming, { body, signal: gone.signal }))
  } catch (error) {
    onError?.(error)
    response = new Response('Internal Server Error', { status: 500 })
  }
  await send(outgoing, response, gone.signal)
}

/** The body; undefined if it is longer than the limit, in which case the rest is read and dropped. */
async function readBody(incoming: IncomingMessage, maxBody: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of incoming as AsyncIterable<Buffer>) {
    size += chunk.length
    if (size <= maxBody) chunks.push(chunk)
    else chunks.length = 0
  }
  return size > maxBody ? undefined : Buffer.concat(chunks)
}

function tooLong(maxBody: number): Response {
  return Response.json({ detail: `Body over ${maxBody} bytes` }, { status: 413 })
}

async function send(
  outgoing: ServerResponse,
  response: Response,
  signal: AbortSignal,
): Promise<void> {
  outgoing.writeHead(response.status, Object.fromEntries(response.headers))
  const reader = response.body?.getReader()
  if (!reader) return void outgoing.end()
  signal.addEventListener('abort', () => void reader.cancel().catch(() => undefined), {
    once: true,
  })
  for (;;) {
    const { done, value } = await reader.read()
    if (done || signal.aborted) break
    if (!outgoing.write(value)) await drained(outgoing, signal)
  }
  outgoing.end()
}

/** Resolves once more can be written, or nobody reads any more. */
function drained(outgoing: ServerResponse, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    outgoing.once('drain', resolve)
    signal.addEventListener('abort', () => resolve(), { once: true })
  })
}
