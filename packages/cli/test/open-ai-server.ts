import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { randomStream, type Message } from '@icrl/core'

/** What such a server may do to a request for a completion. */
export type EndpointFault = 'rate-limit' | 'error' | 'drop' | 'truncate' | 'page' | 'delay'

export interface OpenAiServerOptions {
  /** What the model says next. */
  readonly answer: (messages: readonly Message[]) => string
  readonly models?: readonly string[]
  /** Share of completions with a fault. */
  readonly faultRate?: number
  readonly faults?: readonly EndpointFault[]
  /** Characters of a conversation the model takes; a longer one is refused as llama.cpp does. */
  readonly contextCharacters?: number
  /** Refuses requests without this bearer token. */
  readonly key?: string
  /** The message of status 400 for a request that it does not take. */
  readonly refuse?: (body: Record<string, unknown>) => string | undefined
}

export interface OpenAiServer {
  /** Up to the version. */
  readonly url: string
  /** Bodies of all completions asked for. */
  readonly requests: readonly Record<string, unknown>[]
  readonly faultsDone: () => number
  close(): Promise<void>
}

/**
 * A server that speaks `GET /v1/models` and `POST /v1/chat/completions` in the words of
 * llama.cpp's, and misbehaves as it is told.
 */
export async function openAiServer(options: OpenAiServerOptions): Promise<OpenAiServer> {
  const {
    answer,
    models = ['expert'],
    faultRate = 0,
    faults = ['rate-limit', 'error', 'drop', 'truncate', 'page', 'delay'],
    contextCharacters = Infinity,
    key,
    refuse = () => undefined,
  } = options
  const draws = randomStream(0, 'endpoint')
  const requests: Record<string, unknown>[] = []
  let asked = 0
  let done = 0
  const complete = async (request: IncomingMessage, response: ServerResponse): Promise<void> => {
    const body = JSON.parse(await textOf(request)) as { messages: Message[] } & Record<
      string,
      unknown
    >
    const index = asked++
    const fault =
      draws.uniform(2 * index) < faultRate
        ? faults[draws.integer(2 * index + 1, faults.length)]
        : undefined
    if (fault) done++
    if (fault === 'drop') return void request.socket.destroy()
    if (fault === 'rate-limit')
      return send(response, 429, error('Slow down.', 'rate_limit_error'), { 'retry-after-ms': '5' })
    if (fault === 'error') return send(response, 500, 'Internal Server Error')
    if (fault === 'page') return send(response, 200, '<!DOCTYPE html><title>Gateway</title>')
    if (fault === 'delay') await new Promise((resolve) => setTimeout(resolve, 50))
    requests.push(body)
    const refused = refuse(body)
    if (refused !== undefined) return send(response, 400, error(refused, 'invalid_request_error'))
    const length = body.messages.reduce((sum, { content }) => sum + content.length, 0)
    if (length > contextCharacters)
      return send(
        response,
        400,
        error(
          `the request exceeds the available context size (${contextCharacters})`,
          'exceed_context_size_error',
        ),
      )
    const text = JSON.stringify({
      object: 'chat.completion',
      choices: [
        {
          index: 0,
          finish_reason: 'stop',
          message: { role: 'assistant', content: answer(body.messages) },
        },
      ],
      usage: { completion_tokens: 3 },
    })
    send(response, 200, fault === 'truncate' ? text.slice(0, text.length / 2) : text)
  }
  const server = createServer((request, response) => {
    if (key !== undefined && request.headers.authorization !== `Bearer ${key}`)
      return send(response, 401, error('Invalid API Key', 'authentication_error'))
    const { pathname } = new URL(request.url ?? '', 'http://localhost')
    if (pathname === '/v1/models')
      return send(
        response,
        200,
        JSON.stringify({ object: 'list', data: models.map((id) => ({ id, object: 'model' })) }),
      )
    if (pathname === '/v1/chat/completions') return void complete(request, response)
    send(response, 404, error('File Not Found', 'not_found_error'))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/v1`,
    requests,
    faultsDone: () => done,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

function error(message: string, type: string): string {
  return JSON.stringify({ error: { message, type } })
}

function send(
  response: ServerResponse,
  status: number,
  text: string,
  headers: Readonly<Record<string, string>> = {},
): void {
  response.writeHead(status, {
    'content-type': text.startsWith('{') ? 'application/json' : 'text/html',
    ...headers,
  })
  response.end(text)
}
