import type { Gateway, GatewaySession } from '../src/index.ts'

type Body = Record<string, unknown>

/** An answer as a client reads it: by the fields that a test expects. */
// oxlint-disable-next-line typescript/no-explicit-any -- the fields are what is tested
export type Answer = any

/** Calls a gateway in process, as one session's client or as the gateway's owner. */
export interface Client {
  post(path: string, body: unknown, headers?: Record<string, string>): Promise<Response>
  json(path: string, body: unknown): Promise<Answer>
  /** The data of a stream's events, in order. */
  events(path: string, body: Body): Promise<Answer[]>
}

export function clientOf(gateway: Gateway, session?: GatewaySession): Client {
  const token = session?.token ?? gateway.token
  const base = `http://localhost${session ? session.path.replace(/\/v1$/, '') : ''}`
  const post: Client['post'] = (path, body, headers = {}) =>
    gateway.fetch(
      new Request(base + path, {
        method: 'POST',
        headers: { authorization: `Bearer ${token}`, ...headers },
        body: typeof body === 'string' ? body : JSON.stringify(body),
      }),
    )
  return {
    post,
    json: async (path, body) => (await post(path, body)).json(),
    events: async (path, body) => {
      const text = await (await post(path, { ...body, stream: true })).text()
      return text
        .split('\n\n')
        .filter((event) => event !== '')
        .map((event) => /^data: (.*)$/m.exec(event)![1])
        .filter((data) => data !== '[DONE]')
        .map((data) => JSON.parse(data))
    },
  }
}
