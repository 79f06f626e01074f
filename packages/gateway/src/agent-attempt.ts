import {
  IcrlError,
  isIcrlError,
  outcomeOf,
  textOf,
  type Attempt,
  type AttemptOptions,
  type AttemptProtocol,
  type AttemptResult,
  type AttemptTurn,
  type Coroutine,
  type Generation,
  type Renderer,
  type RoleBinding,
  type SessionPart,
  type Task,
} from '@icrl/core'
import { turnSample, versionSpans } from '@icrl/rollout'
import { listen, type RunningServer } from '@icrl/serve'
import { askQueue, type AskQueue, type PendingAsk } from './ask-queue.ts'
import {
  createGateway,
  type Gateway,
  type GatewaySession,
  type OpenSession,
} from './create-gateway.ts'
import type { LedgerEntry } from './ledger.ts'
import { RefusalError } from './refusal.ts'
import type { Segment } from './segments.ts'

/** What an agent's function is given. */
export interface AgentRun<T extends Task = Task> {
  /** What the agent is to do. */
  readonly task: T
  /** For clients: up to and with `/v1`. Anthropic's clients add that themselves: see `anthropicURL`. */
  readonly baseURL: string
  /** The same without `/v1`. */
  readonly anthropicURL: string
  /** Opens this session alone. */
  readonly apiKey: string
  /** Reaches the address without a port; over HTTP it is the global one. */
  readonly fetch: typeof fetch
  /** Aborts once the session is over. */
  readonly signal: AbortSignal
}

/** What an agent's run earned. */
export interface AgentOutcome {
  /** Any finite number. */
  readonly reward: number
  /**
   * Whether the attempt succeeded; must be said for a reward above 1.
   *
   * @defaultValue true for a reward of 1
   */
  readonly success?: boolean
  /** Parts of the reward by name, which are logged. */
  readonly components?: Readonly<Record<string, number>>
}

/** Options of {@link agentAttempt}. */
export interface AgentAttemptOptions<T extends Task = Task> extends Pick<
  OpenSession,
  'budget' | 'place' | 'isAuxiliary'
> {
  /** Runs the agent on a task, and says what it earned. */
  readonly run: (run: AgentRun<T>) => Promise<number | AgentOutcome>
  /** True: clients need a port, on this machine. @defaultValue only `fetch` reaches the address */
  readonly http?: boolean
  /** Tokens of prompt and answer together. @defaultValue the sampler's own limit */
  readonly contextTokens?: number
  /**
   * Told of every session that has ended, with the ledger of its calls.
   *
   * @defaultValue nobody is told
   */
  readonly onLedger?: (task: T, ledger: readonly LedgerEntry[]) => void
}

/**
 * An attempt by an agent as it is: a function that uses any client of OpenAI or Anthropic at the
 * address it is given. Each of its calls is a turn of the attempt's session, drawn by the run's
 * policy; its segments are the attempt's samples and share its reward.
 *
 * With guidance, the gateway shows it to the model (`place`) and not to the agent; the segments are
 * trained under the prompts without it. A segment that repeats guidance, which an agent does that
 * copies earlier answers into a new prompt, is booked and not trained.
 *
 * @throws `environment-failed` in the session, where the agent throws or never calls the model
 * @example
 * const attempt = agentAttempt<QuestionTask>({
 *   run: async ({ task, baseURL, apiKey, fetch }) => {
 *     const response = await fetch(`${baseURL}/chat/completions`, {
 *       method: 'POST',
 *       headers: { authorization: `Bearer ${apiKey}` },
 *       body: JSON.stringify({ messages: [{ role: 'user', content: task.question }] }),
 *     })
 *     return (await response.text()).includes(task.answer) ? 1 : 0
 *   },
 * })
 * import type { QuestionTask } from '@icrl/core'
 */
export function agentAttempt<T extends Task = Task>(
  options: AgentAttemptOptions<T>,
): AttemptProtocol<T> {
  const doors = openDoors(options.http === true)
  return async function* (attempt) {
    const binding = bindingOf(attempt)
    const { budget, place, isAuxiliary, contextTokens = Infinity } = options
    const queue = askQueue()
    const door = await doors.enter(binding.renderer)
    const session = door.gateway.open({
      ask: queue.ask,
      sampling: binding.sampling,
      contextLength: contextTokens,
      guidance: attempt.guidance?.trim() === '' ? undefined : attempt.guidance,
      renderer: binding.renderer,
      budget,
      place,
      isAuxiliary,
    })
    const over = new AbortController()
    const run = runOf(attempt.task, door, session, over.signal)
    const running = Promise.resolve().then(() => options.run(run))
    const { signal } = attempt.context
    const leave = (): void => {
      over.abort(signal.reason)
      queue.close(sessionEnded())
    }
    signal.addEventListener('abort', leave, { once: true })
    try {
      const outcome = yield* answered(attempt, queue, running)
      session.end()
      return resultOf(attempt, session, outcome)
    } finally {
      signal.removeEventListener('abort', leave)
      session.end()
      leave()
      await session.settled()
      await leftAlone(running)
      options.onLedger?.(attempt.task, session.ledger)
      await door.leave()
    }
  }
}

function bindingOf<T extends Task>({ context, role = 'solver' }: AttemptOptions<T>): RoleBinding {
  const binding = context.roles[role]
  if (binding) return binding
  throw new IcrlError(`agentAttempt: role "${role}" is not bound.`, {
    code: 'invalid-option',
    remedy: `Give the run roles.${role}.`,
  })
}

function runOf<T extends Task>(
  task: T,
  { url, fetch }: Door,
  { token, path }: GatewaySession,
  signal: AbortSignal,
): AgentRun<T> {
  const baseURL = `${url}${path}`
  return {
    task,
    baseURL,
    anthropicURL: baseURL.replace(/\/v1$/, ''),
    apiKey: token,
    fetch,
    signal,
  }
}

/** Answers the agent's calls, one after the other, until it has ended. */
async function* answered<T extends Task>(
  attempt: AttemptOptions<T>,
  queue: AskQueue,
  running: Promise<number | AgentOutcome>,
): Coroutine<AgentOutcome> {
  const ended = running.then(
    (result) => ({ result }),
    (error: unknown) => ({ error }),
  )
  void ended.then(() => queue.close(sessionEnded()))
  for (;;) {
    const asked = await queue.next()
    if (!asked) break
    yield* answer(attempt, asked)
  }
  attempt.context.signal.throwIfAborted()
  const end = await ended
  if ('error' in end) throw agentFailed(attempt.task, end.error)
  const { result } = end
  return typeof result === 'number' ? { reward: result } : result
}

async function* answer<T extends Task>(
  { context, round, branch, role = 'solver' }: AttemptOptions<T>,
  { turn, answer: give, refuse }: PendingAsk,
): Coroutine<void> {
  try {
    const { prompt, messages, tools, sampling } = turn
    const key = context.key(role, round, turn.turn, branch)
    give(generationOf(yield { role, prompt, messages, tools, sampling, key }))
  } catch (error) {
    refuse(error)
    // Too long a prompt is the agent's to handle; anything else ends the session.
    if (!isIcrlError(error, 'context-exceeded')) throw error
  } finally {
    // Where the session was ended while the agent waited; it changes no answer that was given.
    refuse(sessionEnded())
  }
}

function sessionEnded(): RefusalError {
  return new RefusalError(410, 'session_ended', 'The session has ended.')
}

/** Milliseconds that an agent may take to end, once its session is over. */
const GRACE = 5_000

/** Waits until the agent has ended, which it was told to; one that does not is left alone. */
async function leftAlone(running: Promise<unknown>): Promise<void> {
  let timer: ReturnType<typeof setTimeout> | undefined
  const grace = new Promise<void>((resolve) => {
    timer = setTimeout(resolve, GRACE)
  })
  await Promise.race([Promise.allSettled([running]), grace])
  clearTimeout(timer)
}

function generationOf({ tokens, logprobs, finish, version }: Generation): Generation {
  if (tokens.length > 0) return { tokens, logprobs, finish, version }
  throw new IcrlError('agentAttempt: the role is answered in text, without ids.', {
    code: 'unsupported',
    remedy: 'Bind the role to a sampler, or point the agent at the endpoint itself.',
  })
}

function agentFailed({ id }: Task, cause: unknown): IcrlError {
  const reason = cause instanceof Error ? cause.message : String(cause)
  return new IcrlError(`The agent failed at task "${id}": ${reason}`, {
    code: 'environment-failed',
    remedy: 'Let it handle its own errors, and answer a reward.',
    cause,
  })
}

/** The first segment is the attempt, the others are its further parts. */
function resultOf<T extends Task>(
  attempt: AttemptOptions<T>,
  session: GatewaySession,
  agentOutcome: AgentOutcome,
): AttemptResult {
  const { role = 'solver', task } = attempt
  const outcome = outcomeOf(agentOutcome, `agent, task "${task.id}"`)
  const spoken = session.segments.filter(({ turns }) => turns.length > 0)
  const isTrained = ({ index }: Segment): boolean => !session.quoting.has(index)
  const main = spoken.find(isTrained) ?? spoken[0]
  if (!main) throw agentFailed(task, new Error(nothingSaid(session)))
  const further = spoken.filter((segment) => segment !== main && isTrained(segment))
  return {
    attempt: {
      prompt: main.conversation.opening,
      ...responseOf(main, isTrained(main)),
      valid: true,
      ...outcome,
      ...(agentOutcome.components && { components: agentOutcome.components }),
      turns: spoken.flatMap(turnsOf),
      start: { task: openingOf(main), observation: '' },
    },
    unguidedPrompt: session.unguided(main),
    role,
    parts: further.map((segment) => partOf(attempt, session, segment)),
  }
}

function nothingSaid({ ledger }: GatewaySession): string {
  if (ledger.length === 0) return 'it never called the model.'
  const kinds = [...new Set(ledger.map(({ kind }) => kind))].join(', ')
  return `none of its ${ledger.length} calls can be trained: ${kinds} (see isAuxiliary, budget).`
}

/** What was sampled and shown; a segment that must not be trained has nothing that counts. */
function responseOf(
  { conversation, turns, history, tools }: Segment,
  isTrained = true,
): Pick<
  Attempt,
  'response' | 'mask' | 'logprobs' | 'version' | 'versions' | 'finish' | 'dialogue'
> {
  const { response, mask, logprobs } = conversation.response()
  return {
    response,
    mask: isTrained ? mask : new Uint8Array(mask.length),
    logprobs: isTrained ? logprobs : new Float32Array(logprobs.length),
    ...versionSpans(turns.map(({ from, version }) => ({ from, version }))),
    finish: turns.at(-1)!.finish,
    dialogue: { messages: history, tools },
  }
}

function partOf<T extends Task>(
  { context, round, branch, task, role = 'solver' }: AttemptOptions<T>,
  session: GatewaySession,
  segment: Segment,
): SessionPart {
  const sample = turnSample({
    role,
    task,
    context,
    round,
    branch,
    turn: segment.index,
    keys: { segment: segment.index },
    prompt: segment.conversation.opening,
    learnUnder: session.unguided(segment),
    response: responseOf(segment),
  })
  return { samples: sample ? [sample] : [], transcript: [] }
}

function turnsOf({ turns }: Segment): AttemptTurn[] {
  return turns.map(({ text, told }) => ({
    text,
    ...(told.length > 0 && { observation: told.map((message) => textOf(message)).join('\n') }),
  }))
}

function openingOf({ opening }: Segment): string {
  return opening.map((message) => textOf(message)).join('\n\n')
}

/** A way to a gateway, for as long as a session lasts. */
interface Door {
  readonly gateway: Gateway
  readonly url: string
  readonly fetch: typeof fetch
  leave(): Promise<void>
}

/** Sessions of a run that are kept at once; those that have ended make room. */
const MOST_SESSIONS = 1024

/** One gateway for all sessions; with a port while any of them lasts. */
function openDoors(http: boolean): { enter(renderer: Renderer): Promise<Door> } {
  let gateway: Gateway | undefined
  let server: Promise<RunningServer> | undefined
  let inside = 0
  return {
    async enter(renderer) {
      gateway ??= createGateway({
        policy: noPolicy,
        renderer,
        contextLength: Infinity,
        maxSessions: MOST_SESSIONS,
      })
      const { fetch: inProcess } = gateway
      const answer = (request: Request): Promise<Response> => inProcess.call(gateway, request)
      inside++
      if (http) server ??= listen(answer, { isGuarded: true, maxBody: 2 ** 25 })
      const url = http ? (await server!).urls[0] : 'http://localhost'
      return {
        gateway,
        url,
        fetch: http ? fetch : (input, init) => answer(new Request(input, init)),
        async leave() {
          if (--inside > 0) return
          const closing = server
          server = undefined
          await (await closing)?.close()
        },
      }
    },
  }
}

/** Plain routes of a run's gateway lead nowhere: its sessions are drawn by the run. */
const noPolicy = {
  async sample(): Promise<never> {
    throw new IcrlError('The gateway of a run answers its sessions alone.', {
      code: 'unsupported',
      remedy: 'Call the address that the agent was given.',
    })
  },
}
