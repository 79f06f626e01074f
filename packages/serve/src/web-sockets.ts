import type { IncomingMessage } from 'node:http'
import type { Duplex } from 'node:stream'
import { WebSocketServer, type WebSocket } from 'ws'
import type { SocketServer } from './listen.ts'
import { requestOf } from './request-of.ts'

export type { SocketServer } from './listen.ts'

/** A connection on which texts come and go. */
export interface TextSocket {
  /** Texts as they come, each whole; ends with the connection. For one reader. */
  readonly messages: AsyncIterable<string>
  /** Sends a text; a reader that is slow makes its sender wait. */
  send(text: string): Promise<void>
  /** Aborts when the connection has ended. */
  readonly signal: AbortSignal
}

/** Options of {@link webSockets}. */
export interface WebSocketsOptions {
  /** Says who may not come in, by the answer they get; undefined lets a request in. */
  readonly refuse: (request: Request) => Response | undefined
  /** Talks on a connection, which is closed when this returns. */
  readonly talk: (socket: TextSocket, request: Request) => Promise<void>
  /**
   * Longest message of a client, in bytes; a longer one ends its connection.
   *
   * @defaultValue 1 MiB
   */
  readonly maxMessage?: number
  /** Most connections; further ones are answered with status 503. @defaultValue 1024 */
  readonly maxSockets?: number
  /**
   * Milliseconds without a whole message, or with a client that reads nothing, after which a
   * connection ends.
   *
   * @defaultValue 3,600,000, an hour
   */
  readonly idleMs?: number
  /** Told what `talk` threw. @defaultValue nobody */
  readonly onError?: (error: unknown) => void
}

const MIB = 1024 * 1024
const HOUR = 3_600_000
/** What a timer of Node can wait at most. */
const LONGEST_TIMER = 2 ** 31 - 1
/** Finds clients that are gone without a word, even if they were never sent anything. */
const KEEP_ALIVE_MS = 60_000

/**
 * WebSockets on the port of `listen`, by the package `ws`. Messages are text, whole, and bounded;
 * nothing is compressed. A client that sends faster than its messages are read has to wait.
 *
 * @example
 * import { listen } from '@icrl/serve'
 *
 * const sockets = webSockets({
 *   refuse: (request) =>
 *     new URL(request.url).pathname === '/ws' ? undefined : new Response(null, { status: 404 }),
 *   talk: async ({ messages, send }) => {
 *     for await (const text of messages) await send(text.toUpperCase())
 *   },
 * })
 * const server = await listen(() => new Response('ok'), { sockets })
 */
export function webSockets(options: WebSocketsOptions): SocketServer {
  const { refuse, talk, maxMessage = MIB, maxSockets = 1024, idleMs = HOUR, onError } = options
  const server = new WebSocketServer({ noServer: true, maxPayload: maxMessage })
  const serve = async (opened: WebSocket, request: Request): Promise<void> => {
    const socket = textSocket(opened, Math.min(idleMs, LONGEST_TIMER))
    try {
      await talk(socket, request)
      socket.end(1000, '')
    } catch (error) {
      onError?.(error)
      socket.end(1011, '')
    }
  }
  return {
    upgrade(incoming, socket, head) {
      const request = readRequest(incoming)
      const refusal = request
        ? server.clients.size >= maxSockets
          ? new Response('Too many connections', { status: 503 })
          : refuse(request)
        : new Response('Bad request', { status: 400 })
      if (!request || refusal) return void turnAway(socket, refusal as Response)
      incoming.socket.setKeepAlive(true, KEEP_ALIVE_MS)
      server.handleUpgrade(incoming, socket, head, (opened) => void serve(opened, request))
    },
    close() {
      for (const client of server.clients) client.terminate()
    },
  }
}

function readRequest(incoming: IncomingMessage): Request | undefined {
  try {
    return requestOf(incoming)
  } catch {
    return undefined
  }
}

async function turnAway(socket: Duplex, response: Response): Promise<void> {
  // Whoever is turned away may be gone already.
  socket.on('error', () => socket.destroy())
  const body = await response.text()
  const head = [
    `HTTP/1.1 ${response.status} ${response.statusText || 'Refused'}`,
    'connection: close',
    `content-type: ${response.headers.get('content-type') ?? 'text/plain'}`,
    `content-length: ${Buffer.byteLength(body)}`,
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}

interface EndableSocket extends TextSocket {
  end(code: number, reason: string): void
}

function textSocket(socket: WebSocket, idleMs: number): EndableSocket {
  const gone = new AbortController()
  const waiting: string[] = []
  let wake: () => void = () => {}
  const end = (code: number, reason: string): void => {
    gone.abort()
    // A paused socket would not hear the client's own goodbye.
    socket.resume()
    socket.close(code, reason)
  }
  socket.on('message', (data, isBinary) => {
    if (gone.signal.aborted) return
    if (isBinary) return end(1003, 'text only')
    waiting.push(String(data))
    socket.pause()
    wake()
  })
  // The client broke the protocol or its connection: the end follows.
  socket.on('error', () => undefined)
  socket.on('close', () => gone.abort())
  /** Waits for what calls `done`, or for the end of the connection, which an idle one comes to. */
  const patiently = (start: (done: () => void) => void): Promise<void> =>
    new Promise((resolve) => {
      if (gone.signal.aborted) return resolve()
      const timer = setTimeout(() => end(1001, 'idle'), idleMs)
      const done = (): void => {
        clearTimeout(timer)
        gone.signal.removeEventListener('abort', done)
        resolve()
      }
      gone.signal.addEventListener('abort', done)
      start(done)
    })
  async function* messages(): AsyncIterable<string> {
    while (!gone.signal.aborted) {
      const text = waiting.shift()
      if (text !== undefined) yield text
      else
        await patiently((done) => {
          wake = done
          socket.resume()
        })
    }
  }
  return {
    messages: messages(),
    send: (text) => patiently((done) => socket.send(text, done)),
    signal: gone.signal,
    end,
  }
}
