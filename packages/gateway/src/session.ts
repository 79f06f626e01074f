import { isIcrlError, type Message, type Renderer, type Sampling } from '@icrl/core'
import { answerCall, limitsOf, type AnsweredCall, type Ask } from './answer-call.ts'
import { isTitleOrSummary } from './auxiliary.ts'
import type { CallRequest } from './dialects/dialect.ts'
import { placeGuidance, quotesGuidance, type PlaceGuidance } from './guidance.ts'
import type { CallKind, LedgerEntry } from './ledger.ts'
import { liveCall, type LiveCall } from './live-call.ts'
import { refuse, RefusalError } from './refusal.ts'
import { segments, type Placement, type Segment } from './segments.ts'

/** What a session may use up. */
export interface SessionBudget {
  /** Calls that are answered. @defaultValue no limit */
  readonly calls?: number
  /** Tokens of all answers together. @defaultValue no limit */
  readonly tokens?: number
}

/** Options of {@link agentSession}. */
export interface AgentSessionOptions {
  /** Writes conversations as ids of the model's chat template. */
  readonly renderer: Renderer
  /** What draws its tokens. */
  readonly ask: Ask
  /** Tokens of prompt and answer together. */
  readonly contextLength: number
  /** The run's limits, which win over what a client asks for. @defaultValue the client's count */
  readonly sampling?: Sampling
  /** Most calls and tokens. @defaultValue none */
  readonly budget?: SessionBudget
  /** Shown to the model and not to the client. @defaultValue none */
  readonly guidance?: string
  /**
   * Puts guidance into the messages.
   *
   * @defaultValue `placeGuidance`, at the end of the system message
   */
  readonly place?: PlaceGuidance
  /** What is answered and not trained. @defaultValue titles and summaries */
  readonly isAuxiliary?: (request: CallRequest) => boolean
}

/** An answer and how it was booked. */
export interface BookedCall {
  /** The call while its tokens are drawn. */
  readonly live: LiveCall
  /** Which call of the session it is, from 0. */
  readonly call: number
  /** What becomes of its tokens. */
  readonly kind: CallKind
  /** What the agent asked for and the run decided otherwise. */
  readonly overruled: readonly string[]
  /** Ids of its prompt. */
  readonly promptTokens: number
}

/** One agent's session: its calls grow segments of ids, and each of them is booked. */
export interface AgentSession {
  /** Conversations that only grew, each a sample. */
  readonly segments: readonly Segment[]
  /** Segments that repeat guidance, and must not be trained. */
  readonly quoting: ReadonlySet<number>
  /** What became of every sampled token. */
  readonly ledger: readonly LedgerEntry[]
  /** Whether it takes no more calls. */
  readonly hasEnded: boolean
  /**
   * Answers a call. The same `body` again gets the same answer.
   *
   * @throws a refusal
   */
  call(request: CallRequest, body: string): BookedCall
  /** `[P]` the prompt that a segment would have had without guidance. */
  unguided(segment: Pick<Segment, 'opening' | 'tools'>): Int32Array
  /** From now on calls are late. Answers under way are given. */
  end(): void
  /** Resolves once no answer is under way. */
  settled(): Promise<void>
}

/**
 * A session over whatever draws its tokens: an engine, or a training run.
 *
 * @example
 * declare const options: AgentSessionOptions
 * const session = agentSession(options)
 * console.log(session.ledger.length, session.segments.length)
 */
export function agentSession(options: AgentSessionOptions): AgentSession {
  return new Session(options)
}

/** Every field that a run overrules. */
const RULED = ['temperature', 'topP', 'topK', 'seed'] as const

class Session implements AgentSession {
  readonly #options: AgentSessionOptions
  readonly #segments: ReturnType<typeof segments>
  readonly #entries: LedgerEntry[] = []
  readonly #answers = new Map<string, BookedCall>()
  readonly #running = new Set<Promise<unknown>>()
  readonly #quoting = new Set<number>()
  #turns = 0
  #tokens = 0
  #hasEnded = false

  constructor(options: AgentSessionOptions) {
    this.#options = options
    const { guidance, place = placeGuidance } = options
    this.#segments = segments(options.renderer, (messages) =>
      guidance === undefined ? messages : place(messages, guidance),
    )
  }

  get segments(): readonly Segment[] {
    return this.#segments.all
  }

  get quoting(): ReadonlySet<number> {
    return this.#quoting
  }

  get ledger(): readonly LedgerEntry[] {
    return this.#entries
  }

  get hasEnded(): boolean {
    return this.#hasEnded
  }

  unguided({ opening, tools }: Pick<Segment, 'opening' | 'tools'>): Int32Array {
    return this.#options.renderer.start(opening, { tools })
  }

  end(): void {
    this.#hasEnded = true
  }

  async settled(): Promise<void> {
    while (this.#running.size > 0) await Promise.allSettled(this.#running)
  }

  call(request: CallRequest, body: string): BookedCall {
    if (this.#hasEnded) {
      this.#book({ kind: 'late' })
      throw new RefusalError(410, 'session_ended', 'The session has ended.')
    }
    const earlier = this.#answers.get(body)
    if (earlier) {
      const { promptTokens, overruled } = earlier
      this.#book({ kind: 'retried', repeats: earlier.call, promptTokens, overruled })
      return { ...earlier, kind: 'retried' }
    }
    try {
      return this.#answer(request, body)
    } catch (error) {
      const refusal = refusalOf(error)
      this.#book({ kind: 'refused', reason: refusal.message })
      throw refusal
    }
  }

  #answer(request: CallRequest, body: string): BookedCall {
    this.#checkBudget()
    const { renderer, isAuxiliary = isTitleOrSummary } = this.#options
    const placed = isAuxiliary(request) ? undefined : this.#segments.place(request)
    const prompt =
      placed?.segment.conversation.prompt ??
      renderer.start(request.messages, { tools: request.tools })
    try {
      const sampling = this.#limits(request, prompt.length)
      const kind = this.#kindOf(placed, request.messages)
      return this.#start(request, body, { placed, prompt, sampling, kind })
    } catch (error) {
      placed?.failed()
      throw error
    }
  }

  #checkBudget(): void {
    const { calls = Infinity, tokens = Infinity } = this.#options.budget ?? {}
    if (this.#turns >= calls || this.#tokens >= tokens)
      throw new RefusalError(403, 'budget_exceeded', 'The budget of this session is spent.')
  }

  #limits(request: CallRequest, promptTokens: number): Sampling {
    const { sampling, contextLength } = this.#options
    const { maxTokens = Infinity } = request
    const left = (this.#options.budget?.tokens ?? Infinity) - this.#tokens
    const most = Math.min(maxTokens, sampling?.maxTokens ?? Infinity, left)
    const limited = { ...(sampling ?? request), maxTokens: most === Infinity ? undefined : most }
    return limitsOf({ request: limited, promptTokens, contextLength, defaults: {} })
  }

  #kindOf(placed: Placement | undefined, messages: readonly Message[]): CallKind {
    if (!placed) return 'auxiliary'
    const { guidance } = this.#options
    const { index, history } = placed.segment
    if (
      guidance !== undefined &&
      quotesGuidance(placed.isNew ? messages : toldIn(history), guidance)
    )
      this.#quoting.add(index)
    if (this.#quoting.has(index)) return 'quoting'
    return placed.isDivergent ? 'divergent' : 'trained'
  }

  #start(
    request: CallRequest,
    body: string,
    { placed, prompt, sampling, kind }: StartedCall,
  ): BookedCall {
    const { renderer, ask } = this.#options
    const turn = this.#turns++
    const overruled = this.#options.sampling
      ? RULED.filter((name) => isOverruled(request[name], { ...sampling, seed: undefined }[name]))
      : []
    const call = this.#book({
      kind,
      segment: placed?.segment.index,
      promptTokens: prompt.length,
      overruled,
    })
    const live = liveCall(async (say) => {
      try {
        const answered = await answerCall({
          renderer,
          ask,
          request,
          prompt,
          sampling,
          turn,
          say,
          messages: placed?.segment.conversation.messages ?? request.messages,
          tools: request.tools,
          seed: request.seed,
          callId: (index) => `call_${turn}_${index}`,
        })
        this.#answered(call, answered)
        placed?.answered({ ...answered, text: renderer.text(answered.tokens) })
        return answered
      } catch (error) {
        this.#failed(call, body, error)
        placed?.failed()
        throw error
      }
    })
    const running = live.reply.catch(() => undefined).finally(() => this.#running.delete(running))
    this.#running.add(running)
    const booked = { live, call, kind, overruled, promptTokens: prompt.length }
    this.#answers.set(body, booked)
    return booked
  }

  #book(entry: Partial<LedgerEntry> & Pick<LedgerEntry, 'kind'>): number {
    const call = this.#entries.length
    this.#entries.push({ call, promptTokens: 0, tokens: 0, discarded: 0, overruled: [], ...entry })
    return call
  }

  #answered(call: number, { tokens, discarded }: AnsweredCall): void {
    this.#tokens += tokens.length
    this.#entries[call] = { ...this.#entries[call], tokens: tokens.length, discarded }
  }

  #failed(call: number, body: string, error: unknown): void {
    const reason = error instanceof Error ? error.message : String(error)
    this.#entries[call] = { ...this.#entries[call], kind: 'failed', reason }
    this.#answers.delete(body)
  }
}

interface StartedCall {
  readonly placed: Placement | undefined
  readonly prompt: Int32Array
  readonly sampling: Sampling
  readonly kind: CallKind
}

/** What a client told the model: everything that is not the model's own. */
function toldIn(history: readonly Message[]): readonly Message[] {
  return history.filter(({ role }) => role !== 'assistant')
}

function isOverruled(asked: number | undefined, ruled: number | undefined): boolean {
  return asked !== undefined && asked !== ruled
}

/** A mistake of the conversation, such as roles that the template refuses, is the client's. */
export function refusalOf(error: unknown): RefusalError {
  if (error instanceof RefusalError) return error
  if (isIcrlError(error) && CLIENTS.has(error.code))
    return new RefusalError(
      400,
      error.code === 'context-exceeded' ? 'context_length_exceeded' : 'invalid_request',
      error.message,
    )
  if (isIcrlError(error, 'unavailable')) return new RefusalError(503, 'unavailable', error.message)
  const reason = error instanceof Error ? error.message : String(error)
  return new RefusalError(500, 'server_error', `The model could not answer: ${reason}`)
}

const CLIENTS: ReadonlySet<string> = new Set([
  'unsupported',
  'invalid-shape',
  'invalid-option',
  'vocabulary-mismatch',
  'context-exceeded',
])

/** Answers a call that belongs to no session: what the client asks for counts. */
export function answerOnce(
  request: CallRequest,
  options: Pick<AgentSessionOptions, 'renderer' | 'ask' | 'contextLength'> & {
    readonly defaults: Partial<Sampling>
    readonly newId: () => string
    readonly signal: AbortSignal
  },
): Pick<BookedCall, 'live' | 'promptTokens'> {
  const { renderer, ask, contextLength, defaults, newId, signal } = options
  if (request.messages.length === 0) refuse('There are no messages.')
  const { messages, tools, seed } = request
  const prompt = renderer.start(messages, { tools })
  const sampling = limitsOf({ request, promptTokens: prompt.length, contextLength, defaults })
  const id = newId()
  const live = liveCall((say) =>
    answerCall({
      renderer,
      ask,
      request,
      prompt,
      messages,
      tools,
      sampling,
      seed,
      say,
      signal,
      turn: 0,
      callId: (index) => `call_${id}_${index}`,
    }),
  )
  return { live, promptTokens: prompt.length }
}
