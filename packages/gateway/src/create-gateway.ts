import {
  drawStream,
  IcrlError,
  outcomeOf,
  randomStream,
  type Outcome,
  type Renderer,
  type Sampler,
  type Sampling,
} from '@icrl/core'
import { isToken, newToken, tokenOf } from '@icrl/serve'
import type { Ask } from './answer-call.ts'
import { chatCompletions } from './dialects/chat-completions.ts'
import type { AnswerFacts, CallRequest, Dialect, Recall } from './dialects/dialect.ts'
import { isFields, wholeNumber, type Fields } from './dialects/fields.ts'
import { messages } from './dialects/messages.ts'
import { responses } from './dialects/responses.ts'
import { ledgerTotals, type LedgerTotals } from './ledger.ts'
import { refuse, RefusalError } from './refusal.ts'
import { respond } from './respond.ts'
import { sessionDemonstrations } from './session-demonstrations.ts'
import {
  agentSession,
  answerOnce,
  refusalOf,
  type AgentSession,
  type AgentSessionOptions,
  type BookedCall,
  type SessionBudget,
} from './session.ts'

/** Options of {@link createGateway}. */
export interface GatewayOptions {
  /** Whose answers are served; all calls in flight share its batch. */
  readonly policy: Sampler
  /** Writes conversations as ids of the model's chat template. */
  readonly renderer: Renderer
  /** Tokens of prompt and answer together. */
  readonly contextLength: number
  /** The name under which the model is served. @defaultValue `icrl` */
  readonly model?: string
  /** Limits where a client sets none. @defaultValue temperature 1, up to the context */
  readonly defaults?: Partial<Sampling>
  /** The gateway's secret, for every route. @defaultValue a new one of 128 bits */
  readonly token?: string
  /** Seed of the draws of sessions that are opened by request. @defaultValue 0 */
  readonly seed?: number
  /** Sessions kept at once, of which the oldest that ended are dropped. @defaultValue 4,096 */
  readonly maxSessions?: number
  /** Characters of a request's body. @defaultValue 8 Mi */
  readonly maxBody?: number
}

/** What a session is opened with in process. */
export interface OpenSession extends Pick<
  AgentSessionOptions,
  'sampling' | 'budget' | 'guidance' | 'place' | 'isAuxiliary'
> {
  /** Most tokens of prompt and answer together. @defaultValue the gateway's */
  readonly contextLength?: number
  /** What draws its tokens. @defaultValue the gateway's policy, by draws of `task` and session */
  readonly ask?: Ask
  /** Names the draws. @defaultValue `session` */
  readonly task?: string
  /** Turns messages into ids. @defaultValue the gateway's */
  readonly renderer?: Renderer
}

/** A session that clients reach by its address. */
export interface GatewaySession extends AgentSession {
  /** In its path. */
  readonly id: string
  /** The secret of this session alone. */
  readonly token: string
  /** Below the gateway's own address: `/sessions/ID/v1`. */
  readonly path: string
  /** What it earned, if somebody has said so. */
  readonly outcome?: Outcome
  /** Ends it with what it earned. */
  reward(outcome: Outcome): void
}

/** An endpoint that clients of OpenAI and Anthropic can use, and that keeps what was sampled. */
export interface Gateway {
  /** The secret of the owner's routes. */
  readonly token: string
  /** All that it answers. */
  readonly routes: readonly Route[]
  /** Sessions by their ids. */
  readonly sessions: ReadonlyMap<string, GatewaySession>
  /** Answers a request; it never throws. Pass it to `listen`, or call it in process. */
  fetch(request: Request): Promise<Response>
  /** Opens a session, with an address and a secret of its own. */
  open(options?: OpenSession): GatewaySession
}

/** A route, and whose secret opens it: the gateway's opens all. */
export interface Route {
  /** Of the request. */
  readonly method: 'GET' | 'POST'
  /** `:id` stands for a session. */
  readonly path: string
  /** Whose secret it asks for. */
  readonly secret: 'gateway' | 'session'
}

interface Handled extends Route {
  readonly dialect?: Dialect
  readonly answer: (context: RouteContext) => Response | Promise<Response>
}

interface RouteContext {
  readonly request: Request
  readonly body: string
  readonly session?: Held
}

interface Held extends GatewaySession {
  outcome?: Outcome
  /** Parts of its answers, by the ids that clients know them by. */
  readonly items: Map<string, Fields>
}

const DIALECTS = [chatCompletions, responses, messages]

/**
 * Serves a policy to clients that speak OpenAI's chat completions or responses or Anthropic's
 * messages, over web-standard requests: with a port (`listen` of `@icrl/serve`) or without.
 *
 * Every route needs a secret, as bearer token or `x-api-key`. A session's address
 * (`/sessions/ID/v1/…`) makes a client's calls one trainable session; plain `/v1/…` answers and
 * forgets. What cannot be honoured is answered with status 400, and says so.
 *
 * @example
 * import { tablePolicy, wordRenderer } from '@icrl/core/testing'
 * const renderer = wordRenderer(['hello', 'world'])
 * const policy = tablePolicy({ vocabularySize: renderer.vocabularySize })
 * const gateway = createGateway({ policy, renderer, contextLength: 64 })
 * const response = await gateway.fetch(
 *   new Request('http://localhost/v1/models', {
 *     headers: { authorization: `Bearer ${gateway.token}` },
 *   }),
 * )
 */
export function createGateway(options: GatewayOptions): Gateway {
  return new LocalGateway(options)
}

class LocalGateway implements Gateway {
  readonly token: string
  readonly sessions = new Map<string, Held>()
  readonly #options: GatewayOptions
  readonly #routes: readonly Handled[]
  /** Sessions of each task so far: they number their draws. */
  readonly #begun = new Map<string, number>()
  #answers = 0

  constructor(options: GatewayOptions) {
    const { token = newToken(), contextLength } = options
    if (token === '' || !(contextLength >= 1))
      throw new IcrlError(
        `createGateway: ${token === '' ? 'the token is empty' : `contextLength is ${contextLength}`}.`,
        {
          code: 'invalid-option',
          remedy: 'Give a secret, or leave it out, and the context of the model in tokens.',
        },
      )
    this.token = token
    this.#options = options
    this.#routes = this.#routeTable()
  }

  get routes(): readonly Route[] {
    return this.#routes
  }

  async fetch(request: Request): Promise<Response> {
    const { pathname } = new URL(request.url)
    const dialect = DIALECTS.find(({ path }) => pathname.endsWith(path)) ?? chatCompletions
    try {
      return await this.#respond(request, pathname)
    } catch (error) {
      const { refusal } = refusalOf(error)
      return Response.json(dialect.error(refusal), { status: refusal.status })
    }
  }

  open(options: OpenSession = {}): GatewaySession {
    this.#makeRoom()
    const { task = 'session' } = options
    const number = this.#begun.get(task) ?? 0
    this.#begun.set(task, number + 1)
    const id = newToken()
    const { renderer, contextLength } = this.#options
    const session = agentSession({
      renderer,
      contextLength,
      ask: this.#askAs(task, number),
      ...options,
    })
    const held = Object.assign(session, {
      id,
      token: newToken(),
      path: `/sessions/${id}/v1`,
      items: new Map<string, Fields>(),
      reward(outcome: Outcome) {
        held.outcome = outcome
        session.end()
      },
    }) as Held
    this.sessions.set(id, held)
    return held
  }

  /** Drops the oldest session that has ended. */
  #makeRoom(): void {
    const { maxSessions = 4096 } = this.#options
    if (this.sessions.size < maxSessions) return
    const ended = [...this.sessions.values()].find(({ hasEnded }) => hasEnded)
    if (!ended)
      throw new IcrlError(`gateway: ${maxSessions} sessions are open.`, {
        code: 'unavailable',
        remedy: 'End some, or raise maxSessions.',
      })
    this.sessions.delete(ended.id)
  }

  #askAs(task: string, session: number): Ask {
    const { policy, renderer, seed = 0 } = this.#options
    return ({ prompt, sampling, turn, onToken, signal }) => {
      const key = { seed, domain: 'train', step: 0, task, session, role: 'solver' } as const
      const draws = drawStream({ ...key, round: 1, branch: 0, turn })
      return policy.sample({ prompt, ...sampling, stop: renderer.stop, draws, onToken }, signal)
    }
  }

  async #respond(request: Request, pathname: string): Promise<Response> {
    const { route, id } = this.#routeOf(pathname)
    const session = id === undefined ? undefined : this.sessions.get(id)
    this.#authorize(request, route?.secret === 'session' ? session : undefined)
    if (!route || (id !== undefined && !session))
      throw new RefusalError(404, 'not_found', `There is no ${pathname}.`)
    const exact = this.#routeOf(pathname, request.method).route
    if (!exact) throw new RefusalError(405, 'method_not_allowed', `Not by ${request.method}.`)
    return exact.answer({ request, body: await this.#bodyOf(request), session })
  }

  #routeOf(pathname: string, method?: string): { readonly route?: Handled; readonly id?: string } {
    for (const route of this.#routes) {
      if (method !== undefined && route.method !== method) continue
      const pattern = new RegExp(`^${route.path.replace(':id', '(?<id>[0-9a-f]{32})')}/?$`)
      const found = pattern.exec(pathname)
      if (found) return { route, id: found.groups?.id }
    }
    return {}
  }

  #authorize(request: Request, session: Held | undefined): void {
    const given = tokenOf(request)
    if (isToken(given, this.token) || (session && isToken(given, session.token))) return
    throw new RefusalError(401, 'unauthorized', 'The token is missing or wrong.')
  }

  async #bodyOf(request: Request): Promise<string> {
    const { maxBody = 8 * 1024 * 1024 } = this.#options
    const body = await request.text()
    if (body.length > maxBody)
      throw new RefusalError(413, 'too_large', `The body has more than ${maxBody} characters.`)
    return body
  }

  #routeTable(): readonly Handled[] {
    const models = (): Response => this.#models()
    const calls = (prefix: string, secret: Route['secret']): Handled[] => [
      { method: 'GET', path: `${prefix}/v1/models`, secret, answer: models },
      ...DIALECTS.map((dialect): Handled => ({
        method: 'POST',
        path: `${prefix}${dialect.path}`,
        secret,
        dialect,
        answer: (context) => this.#call(dialect, context),
      })),
    ]
    return [
      ...calls('', 'gateway'),
      ...calls('/sessions/:id', 'session'),
      {
        method: 'POST',
        path: '/sessions',
        secret: 'gateway',
        answer: (context) => this.#begin(context),
      },
      {
        method: 'GET',
        path: '/sessions/:id',
        secret: 'gateway',
        answer: ({ session }) => summaryOf(session!),
      },
      {
        method: 'GET',
        path: '/sessions/:id/segments',
        secret: 'gateway',
        answer: ({ session }) => segmentsOf(session!),
      },
      { method: 'POST', path: '/sessions/:id/end', secret: 'gateway', answer: endSession },
    ]
  }

  #models(): Response {
    const { model = 'icrl' } = this.#options
    const names = { id: model, object: 'model', created: 0, owned_by: 'icrl' }
    const data = [
      { ...names, type: 'model', display_name: model, created_at: '1970-01-01T00:00:00Z' },
    ]
    return Response.json({ object: 'list', data, has_more: false, first_id: model, last_id: model })
  }

  #begin({ body }: RouteContext): Response {
    const fields = jsonOf(body === '' ? '{}' : body)
    const { task, budget } = fields
    if (task !== undefined && typeof task !== 'string') refuse('task must be a string.')
    if (budget !== undefined && !isFields(budget)) refuse('budget must be an object.')
    const session = this.open({ task, ...(budget !== undefined && { budget: budgetOf(budget) }) })
    const { id, path, token } = session
    return Response.json({ id, base_url: path, api_key: token }, { status: 201 })
  }

  #call(dialect: Dialect, { request, body, session }: RouteContext): Response | Promise<Response> {
    const read = readCall(dialect, body, (id) => session?.items.get(id))
    const booked: Partial<BookedCall> & Pick<BookedCall, 'live' | 'promptTokens'> = session
      ? session.call(read, `${dialect.path} ${body}`)
      : this.#once(read, request.signal)
    const facts = this.#factsOf(read, booked.promptTokens, session)
    return respond(dialect, booked, facts)
  }

  #once(read: CallRequest, signal: AbortSignal): Pick<BookedCall, 'live' | 'promptTokens'> {
    const { policy, renderer, contextLength, defaults = {} } = this.#options
    const random = (): number => Math.floor(Math.random() * 2 ** 31)
    const ask: Ask = ({ prompt, sampling, seed = random(), onToken, signal: ended }) => {
      const draws = randomStream(seed, 'serve')
      return policy.sample({ prompt, ...sampling, stop: renderer.stop, draws, onToken }, ended)
    }
    const newId = (): string => newToken().slice(0, 12)
    return answerOnce(read, { renderer, ask, contextLength, defaults, newId, signal })
  }

  #factsOf(request: CallRequest, promptTokens: number, session?: Held): AnswerFacts {
    const { model = 'icrl', renderer } = this.#options
    return {
      id: `${Date.now().toString(36)}${this.#answers++}`,
      model,
      created: Math.floor(Date.now() / 1000),
      request,
      promptTokens,
      tokenText: (id) => renderer.text(Int32Array.of(id)),
      keep: (id, item) => session?.items.set(id, item),
    }
  }
}

function readCall(dialect: Dialect, body: string, recall: Recall): CallRequest {
  const read = dialect.read(jsonOf(body), recall)
  if (read.messages.length === 0) refuse('There are no messages.')
  return read
}

function jsonOf(body: string): Fields {
  let value: unknown
  try {
    value = JSON.parse(body)
  } catch {
    return refuse('The body is not JSON.')
  }
  return isFields(value) ? value : refuse('The body is not a JSON object.')
}

function budgetOf(fields: Fields): SessionBudget {
  return { calls: wholeNumber(fields, 'calls', 1), tokens: wholeNumber(fields, 'tokens', 1) }
}

function summaryOf({ id, hasEnded, ledger, outcome, segments }: GatewaySession): Response {
  const totals: LedgerTotals = ledgerTotals(ledger)
  return Response.json({
    id,
    ended: hasEnded,
    outcome: outcome ?? null,
    segments: segments.length,
    totals,
    ledger,
  })
}

/** Ids and log-probabilities of a session, for a trainer elsewhere. */
function segmentsOf(session: GatewaySession): Response {
  const segments = sessionDemonstrations(session).map((segment) =>
    Object.fromEntries(Object.entries(segment).map(([name, values]) => [name, [...values]])),
  )
  return Response.json({ id: session.id, outcome: session.outcome ?? null, segments })
}

function endSession({ body, session }: RouteContext): Response {
  const fields = jsonOf(body === '' ? '{}' : body)
  if (fields.reward === undefined) session!.end()
  else {
    try {
      session!.reward(outcomeOf(fields as unknown as Outcome, 'reward'))
    } catch (error) {
      refuse(error instanceof Error ? error.message : String(error))
    }
  }
  return summaryOf(session!)
}
