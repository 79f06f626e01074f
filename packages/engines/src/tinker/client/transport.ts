import { IcrlError, isIcrlError, retryAfter } from '@icrl/core'
import { PROTOBUF } from '../protocol/pass-proto.ts'
import { type Deadline, late, now, waitForRetry } from './wait.ts'

/** What a server answered: JSON, or protobuf. */
export type Answer = { readonly json: unknown } | { readonly protobuf: Uint8Array }

/** How a request is made, and made again. */
export interface CallOptions {
  readonly deadline: Deadline
  /**
   * True: doing it twice is as good as once, so it is tried again after any failure of the way there
   * or back. False: only where the server cannot have taken it.
   */
  readonly repeatable: boolean
  /** Cuts one try off after these milliseconds. @defaultValue at the deadline */
  readonly cutOff?: number
}

/** A server's refusal: its status and its own words. */
export class Refusal extends IcrlError {
  readonly status: number
  readonly detail: string

  constructor(what: string, status: number, detail: string) {
    super(`${what}: the server answered ${status}: ${detail}`, {
      ...REFUSALS[status],
      ...(REFUSALS[status] ? undefined : OTHER),
      triedEnough: true,
    } as ConstructorParameters<typeof IcrlError>[1])
    this.status = status
    this.detail = detail
  }
}

const LOST =
  'It may have been restarted or have unloaded the model: resume from the last checkpoint.'
const OTHER = { code: 'unavailable', remedy: 'Look at the server’s log.' } as const
const REFUSALS: Readonly<Record<number, { code: IcrlError['code']; remedy: string }>> = {
  400: {
    code: 'invalid-option',
    remedy: `Read the server’s words. If a model is not loaded: ${LOST}`,
  },
  401: { code: 'invalid-option', remedy: 'Give the `apiKey` of this server.' },
  403: { code: 'invalid-option', remedy: 'Give the `apiKey` of this server.' },
  404: { code: 'unavailable', remedy: LOST },
  409: {
    code: 'run-conflict',
    remedy:
      'A name or number was used before: another client may share this model. Resume from the last checkpoint.',
  },
  415: {
    code: 'unsupported',
    remedy: 'It reads another form of messages: leave out `wire`, so that the form is found out.',
  },
  422: { code: 'invalid-shape', remedy: 'Compare the server’s version with docs/scale-out.md.' },
}

/** Failures before a connection stood: the server cannot have read the request. */
const NEVER_CONNECTED = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT']

/** Requests to one server. */
export class Transport {
  readonly #base: string
  readonly #headers: Readonly<Record<string, string>>
  readonly #fetch: typeof fetch

  constructor(url: string, apiKey: string, fetcher: typeof fetch) {
    this.#base = `${url.replace(/\/+$/, '')}/api/v1`
    this.#headers = { 'x-api-key': apiKey, 'accept-encoding': 'gzip' }
    this.#fetch = fetcher
  }

  /**
   * Posts a message: an object as JSON, bytes as protobuf.
   *
   * @throws Refusal for an answer of 400 and above that is final; IcrlError `unavailable` if the
   * way there or back failed and the request may not be repeated, `timeout` at the deadline
   */
  post(path: string, body: object | Uint8Array, options: CallOptions): Promise<Answer> {
    const isBytes = body instanceof Uint8Array
    return this.#call(path, options, {
      method: 'POST',
      headers: { 'content-type': isBytes ? PROTOBUF : 'application/json' },
      body: isBytes ? (body as Uint8Array<ArrayBuffer>) : JSON.stringify(body),
    })
  }

  /** The same, without a body. */
  get(path: string, options: CallOptions): Promise<Answer> {
    return this.#call(path, options, { method: 'GET' })
  }

  /** A file, such as an archive of weights. */
  async getBytes(path: string, options: CallOptions): Promise<Uint8Array> {
    const init: RequestInit = { method: 'GET', redirect: 'manual' }
    const answer = await this.#call(path, options, init, async (response) => ({
      bytes: new Uint8Array(await response.arrayBuffer()),
    }))
    return answer.bytes
  }

  async #call<T extends object = Answer>(
    path: string,
    options: CallOptions,
    init: RequestInit,
    reader: (response: Response) => Promise<T> = read as (response: Response) => Promise<T>,
  ): Promise<T> {
    for (let tries = 0; ; tries++) {
      const result = await this.#once(path, options, init, reader)
      if (!('error' in result)) return result
      const { error, retry, asked } = result as Failure
      if (!retry) throw error
      await waitForRetry(tries, options.deadline, { asked, cause: error })
    }
  }

  async #once<T extends object>(
    path: string,
    options: CallOptions,
    init: RequestInit,
    reader: (response: Response) => Promise<T>,
  ): Promise<T | Failure> {
    const { deadline, repeatable, cutOff = Infinity } = options
    const left = deadline.at - now()
    if (left <= 0) throw late(deadline.what)
    try {
      const url = `${this.#base}${path}`
      const signal = AbortSignal.timeout(Math.ceil(Math.min(left, cutOff)))
      const accept = `application/json, ${PROTOBUF}`
      const headers = { ...this.#headers, accept, ...init.headers }
      const first = await this.#fetch(url, { ...init, headers, signal })
      const location = init.redirect === 'manual' && first.headers.get('location')
      // A store elsewhere has no business with the key.
      const response = location ? await this.#fetch(new URL(location, url), { signal }) : first
      if (!response.ok) return await this.#refused(path, response, options)
      return await reader(response)
    } catch (cause) {
      if (isIcrlError(cause)) throw cause
      const isTaken = !NEVER_CONNECTED.includes(codeOf(cause))
      return { error: unreachable(deadline.what, cause, isTaken), retry: repeatable || !isTaken }
    }
  }

  async #refused(path: string, response: Response, options: CallOptions): Promise<Failure> {
    const { status, headers } = response
    const error = new Refusal(options.deadline.what, status, detailOf(await response.text()))
    // 408: not done yet. 425: a checkpoint is still being written. 429: not taken.
    const isWait = status === 408 || status === 425 || status === 429
    const asked = retryAfter((name) => headers.get(name), Date.now())
    // A plain 500 from a result means a value that is not finite: to ask again changes nothing.
    const isPassing = [502, 503, 504].includes(status) && options.repeatable
    return { error, retry: isWait || isPassing, asked: status === 408 ? 0 : asked }
  }
}

interface Failure {
  readonly error: Error
  readonly retry: boolean
  readonly asked?: number
}

async function read(response: Response): Promise<Answer> {
  if (response.headers.get('content-type')?.includes(PROTOBUF))
    return { protobuf: new Uint8Array(await response.arrayBuffer()) }
  const text = await response.text()
  try {
    return { json: JSON.parse(text) }
  } catch {
    throw new TypeError(`half an answer, or none that is JSON: ${text.slice(0, 80)}`)
  }
}

/** The server's words, without the data that a validation error repeats. */
function detailOf(text: string): string {
  try {
    const { detail, error } = JSON.parse(text)
    if (typeof detail === 'string') return detail
    if (Array.isArray(detail))
      return detail.map(({ loc, msg }) => `${[loc].flat().join('.')}: ${msg}`).join('; ')
    return String(error ?? text).slice(0, 400)
  } catch {
    return text.slice(0, 400)
  }
}

function codeOf(cause: unknown): string {
  const { code, cause: inner } = (cause ?? {}) as { code?: string; cause?: unknown }
  return typeof code === 'string' ? code : inner ? codeOf(inner) : ''
}

function unreachable(what: string, cause: unknown, isTaken: boolean): IcrlError {
  const inner = (cause as { cause?: Error }).cause
  const words = [(cause as Error).message, inner?.message].filter(Boolean).join(': ')
  return new IcrlError(
    `${what}: the server could not be reached (${words}).${isTaken ? ' Whether it took the request is not known.' : ''}`,
    {
      code: 'unavailable',
      remedy:
        'Start it again, and resume from the last checkpoint: nothing was sent a second time.',
      triedEnough: true,
      cause,
    },
  )
}
