import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { IcrlError } from '@icrl/core'
import type { AgentgymApp, AppReply } from './app.ts'

/** Options of {@link serve}. */
export interface ServeOptions {
  /** Default 0: any free port. */
  readonly port?: number
  /** Default 127.0.0.1. */
  readonly host?: string
  /** Number of ports to serve the same app on, from `port` on; default 1. */
  readonly ports?: number
  /** Longest body of a request, in bytes; default 1 MiB. */
  readonly maxBody?: number
}

/** A server that listens. */
export interface RunningServer {
  /** One address per port: `http://127.0.0.1:36001`. */
  readonly urls: readonly string[]
  /** Stops listening. */
  close(): Promise<void>
}

async function readBody(request: IncomingMessage, maxBody: number): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    size += chunk.length
    if (size <= maxBody) chunks.push(chunk)
  }
  return size > maxBody ? undefined : Buffer.concat(chunks).toString('utf8')
}

function send(response: ServerResponse, { status, json, text }: AppReply): void {
  const body = text ?? JSON.stringify(json ?? null)
  response.writeHead(status, {
    'content-type': text === undefined ? 'application/json' : 'text/plain; charset=utf-8',
    'content-length': Buffer.byteLength(body),
  })
  response.end(body)
}

async function answer(
  app: AgentgymApp,
  request: IncomingMessage,
  maxBody: number,
): Promise<AppReply> {
  const url = new URL(request.url ?? '/', 'http://localhost')
  const text = await readBody(request, maxBody)
  if (text === undefined) return { status: 413, json: { detail: `Body over ${maxBody} bytes` } }
  let body: unknown
  try {
    body = text === '' ? undefined : JSON.parse(text)
  } catch {
    return {
      status: 422,
      json: {
        detail: [{ type: 'json_invalid', loc: ['body', 0], msg: 'JSON decode error', input: {} }],
      },
    }
  }
  return app.handle({
    method: request.method ?? 'GET',
    path: url.pathname,
    query: url.searchParams,
    body,
  })
}

function listen(app: AgentgymApp, port: number, host: string, maxBody: number): Promise<Server> {
  const server = createServer((request, response) => {
    answer(app, request, maxBody).then(
      (reply) => send(response, reply),
      // What FastAPI answers when a handler throws.
      () => send(response, { status: 500, text: 'Internal Server Error' }),
    )
  })
  server.keepAliveTimeout = 60_000
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

/**
 * Serves an app over HTTP, on one port or several that share its sessions.
 *
 * @throws IcrlError `unavailable` if a port is taken
 * @example
 * const server = await serve(alfworldApp(), { port: 36001 })
 * console.log(`READY ${server.urls[0]}`)
 */
export async function serve(app: AgentgymApp, options: ServeOptions = {}): Promise<RunningServer> {
  const { port = 0, host = '127.0.0.1', ports = 1, maxBody = 1024 * 1024 } = options
  const servers: Server[] = []
  const close = async (): Promise<void> => {
    await Promise.all(
      servers.map(
        (server) =>
          new Promise((resolve) => {
            server.close(resolve)
            server.closeAllConnections()
          }),
      ),
    )
  }
  try {
    for (let i = 0; i < ports; i++)
      servers.push(await listen(app, port === 0 ? 0 : port + i, host, maxBody))
  } catch (error) {
    await close()
    throw error
  }
  return {
    urls: servers.map(
      (server) =>
        `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`,
    ),
    close,
  }
}
