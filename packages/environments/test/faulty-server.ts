import { createServer, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo, Socket } from 'node:net'
import { randomStream } from '@icrl/core'
import type { HttpApp, AppReply } from '../src/server/app.ts'

/** What a misbehaving server may do to a request. */
export type Fault =
  | 'drop-before'
  | 'drop-after'
  | 'error-before'
  | 'error-after'
  | 'busy'
  | 'truncate'
  | 'delay'

export const faults: readonly Fault[] = [
  'drop-before',
  'drop-after',
  'error-before',
  'error-after',
  'busy',
  'truncate',
  'delay',
]

export interface FaultyServer {
  readonly url: string
  /** How often each fault was done. */
  readonly counts: Map<Fault, number>
  /** Sockets open at once, at most. */
  mostSockets(): number
  /** Loses all sessions and connections; comes back on the same port with the next app. */
  restart(downMs: number): Promise<void>
  close(): Promise<void>
}

export interface FaultyServerOptions {
  /** Share of requests with a fault. */
  readonly rate: number
  readonly seed?: number
  readonly kinds?: readonly Fault[]
  readonly delayMs?: number
}

function respond(response: ServerResponse, { status, json, text }: AppReply, cut: boolean): void {
  const body = text ?? JSON.stringify(json ?? null)
  // Half a text with the length of that half: only its content shows the loss.
  const sent = cut ? body.slice(0, Math.floor(body.length / 2)) : body
  response.writeHead(status, {
    'content-type': 'application/json',
    'content-length': Buffer.byteLength(sent),
  })
  response.end(sent)
}

/**
 * The real server's answers, with faults drawn from a seed: before or after the request is carried
 * out.
 */
export async function faultyServer(
  makeApp: () => HttpApp,
  options: FaultyServerOptions,
): Promise<FaultyServer> {
  const { rate, seed = 0, kinds = faults, delayMs = 30 } = options
  const draws = randomStream(seed, 'faults')
  const counts = new Map<Fault, number>()
  const sockets = new Set<Socket>()
  let most = 0
  let app = makeApp()
  let index = 0
  let port = 0
  const draw = (): Fault | undefined => {
    const fault =
      draws.uniform(index++) < rate ? kinds[draws.integer(index++, kinds.length)] : undefined
    if (fault) counts.set(fault, (counts.get(fault) ?? 0) + 1)
    return fault
  }
  const start = (): Promise<Server> =>
    new Promise((resolve, reject) => {
      const server = createServer(async (request, response) => {
        let text = ''
        for await (const chunk of request) text += String(chunk)
        const fault = draw()
        if (fault === 'drop-before') return void request.socket.destroy()
        if (fault === 'error-before')
          return respond(response, { status: 500, text: 'Internal Server Error' }, false)
        if (fault === 'busy')
          return respond(response, { status: 503, text: 'Service Unavailable' }, false)
        if (fault === 'delay') await new Promise((done) => setTimeout(done, delayMs))
        const url = new URL(request.url!, 'http://localhost')
        const reply = await app.handle({
          method: request.method!,
          path: url.pathname,
          query: url.searchParams,
          body: text === '' ? undefined : JSON.parse(text),
        })
        if (fault === 'drop-after') return void request.socket.destroy()
        respond(
          response,
          fault === 'error-after' ? { status: 500, text: 'Internal Server Error' } : reply,
          fault === 'truncate',
        )
      })
      server.on('connection', (socket) => {
        sockets.add(socket)
        most = Math.max(most, sockets.size)
        socket.on('close', () => sockets.delete(socket))
      })
      server.once('error', reject)
      server.listen(port, '127.0.0.1', () => {
        port = (server.address() as AddressInfo).port
        resolve(server)
      })
    })
  const stop = (running: Server): Promise<void> =>
    new Promise((resolve) => {
      running.close(() => resolve())
      running.closeAllConnections()
    })
  let server = await start()
  return {
    url: `http://127.0.0.1:${port}`,
    counts,
    mostSockets: () => most,
    restart: async (downMs) => {
      await stop(server)
      app = makeApp()
      await new Promise((done) => setTimeout(done, downMs))
      server = await start()
    },
    close: () => stop(server),
  }
}
