import { IcrlError } from '@icrl/core'
import { clientConfig, serverCapabilities, sessionCreated } from '../protocol/messages.ts'
import { malformed, readMessage } from '../protocol/refuse.ts'
import { Futures } from './futures.ts'
import { type Answer, Refusal, Transport } from './transport.ts'
import { deadlineIn } from './wait.ts'

/** How to reach a server. */
export interface TinkerConnection {
  /** Such as `http://127.0.0.1:8000`, without `/api/v1`. */
  readonly url: string
  /** Sent as `X-API-Key`. @defaultValue `tml-none`, for servers that ask for none */
  readonly apiKey?: string
  /** Milliseconds from a request to its result. @defaultValue 600,000, ten minutes */
  readonly deadline?: number
  /** Milliseconds between signs of life. @defaultValue 10,000, as servers expect */
  readonly heartbeat?: number
  /** What sends the requests. @defaultValue the global one */
  readonly fetch?: typeof fetch
}

/** JSON of an answer, where protobuf is not expected. */
export function jsonOf(answer: Answer, what: string): unknown {
  if ('json' in answer) return answer.json
  throw malformed(`${what}: it is protobuf where JSON was expected.`)
}

/** A session on a server: it is kept alive until it is closed, and what belongs to it unloaded then. */
export class TinkerSession {
  readonly url: string
  readonly transport: Transport
  readonly futures: Futures
  readonly id: string
  readonly #deadline: number
  readonly #timer: NodeJS.Timeout
  #lost: IcrlError | undefined
  #samplers = 0
  #models = 0

  private constructor(
    { url, deadline = 600_000, heartbeat = 10_000 }: TinkerConnection,
    transport: Transport,
    id: string,
  ) {
    this.url = url
    this.transport = transport
    this.futures = new Futures(transport, deadline)
    this.id = id
    this.#deadline = deadline
    this.#timer = setInterval(() => void this.#beat(), heartbeat)
    this.#timer.unref()
  }

  /**
   * @throws IcrlError `unavailable` if there is no server, `unsupported` if it does not serve the
   * model
   */
  static async open(connection: TinkerConnection, model: string): Promise<TinkerSession> {
    const { url, apiKey = 'tml-none', deadline = 600_000, fetch: given = fetch } = connection
    const transport = new Transport(url, apiKey, given)
    const options = { deadline: deadlineIn(Math.min(deadline, 60_000), url), repeatable: true }
    await transport
      .post('/client/config', { sdk_version: 'icrl' }, options)
      .then((answer) => readMessage(clientConfig, jsonOf(answer, url), 'client/config'))
    const offered = readMessage(
      serverCapabilities,
      jsonOf(await transport.get('/get_server_capabilities', options), url),
      'get_server_capabilities',
    ).supported_models.map(({ model_name }) => model_name)
    if (!offered.includes(model))
      throw new IcrlError(`${url} does not serve the model ${model}.`, {
        code: 'unsupported',
        remedy: `It serves: ${offered.join(', ')}.`,
      })
    const created = readMessage(
      sessionCreated,
      jsonOf(
        await transport.post('/create_session', { tags: [], sdk_version: 'icrl' }, options),
        url,
      ),
      'create_session',
    )
    if (created.error_message)
      throw new IcrlError(`${url}: ${created.error_message}`, {
        code: 'unavailable',
        remedy: 'Read the server’s words.',
      })
    return new TinkerSession(connection, transport, created.session_id)
  }

  /** A number that no sampling session of this session had. */
  nextSampler(): number {
    return this.#samplers++
  }

  /** A number that no model of this session had. */
  nextModel(): number {
    return this.#models++
  }

  /** @throws IcrlError what the server said when it no longer knew the session */
  check(): void {
    if (this.#lost) throw this.#lost
  }

  close(): void {
    clearInterval(this.#timer)
  }

  async #beat(): Promise<void> {
    const options = {
      deadline: deadlineIn(Math.min(this.#deadline, 10_000), 'heartbeat'),
      repeatable: false,
    }
    try {
      await this.transport.post('/session_heartbeat', { session_id: this.id }, options)
    } catch (error) {
      // One that does not arrive is followed by the next; what a server refuses, it has forgotten.
      if (!(error instanceof Refusal) || error.status !== 404) return
      this.close()
      this.#lost = new IcrlError(`${this.url}: the server no longer knows session ${this.id}.`, {
        code: 'unavailable',
        remedy: 'It was restarted, or ended the session: resume from the last checkpoint.',
        triedEnough: true,
        cause: error,
      })
    }
  }
}
