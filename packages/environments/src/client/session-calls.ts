import type { Dialect, SessionCalls } from './dialect.ts'
import { isRequestFailure, RequestFailure } from './request-json.ts'
import { aborted } from '../aborted.ts'
import { retry, type Tries } from './retry.ts'
import type { PooledServer } from './server-pool.ts'

/** A session on a server. */
export interface Session {
  readonly id: number
  /** The server's epoch when the session was created. */
  readonly epoch: number
}

/** Throws the mistakes that AgentGym's servers report in words, with status 200. */
function checked(answer: unknown): unknown {
  const error =
    typeof answer === 'object' && answer !== null && 'error' in answer ? answer.error : undefined
  // Some servers write out that there is none.
  if (error === undefined || error === null || error === '' || error === false) return answer
  const text = typeof error === 'string' ? error : JSON.stringify(error)
  const kind = /^The id -?\d+ is not valid/.test(text)
    ? 'server-lost'
    : /has been deleted/.test(text)
      ? 'session-lost'
      : 'rejected'
  throw new RequestFailure(`agentgym: the server says "${text.slice(0, 200)}".`, kind, {
    status: 200,
  })
}

/** Failures after which a harmless request is simply sent again, as long as its server is not dead. */
const isHarmless = (server: PooledServer, { kind, status }: RequestFailure): boolean =>
  kind === 'not-sent' || (kind === 'unknown' && status !== 500 && server.isUp())

/** Takes a session that could not be closed before, or creates one. */
export async function createSession(
  server: PooledServer,
  dialect: Dialect,
  tries: Tries,
  signal: AbortSignal | undefined,
): Promise<Session> {
  for (let idle = server.idle.pop(); idle; idle = server.idle.pop())
    if (idle.epoch === server.epoch) return idle
  return retry(
    () => createOrClose(server, dialect, signal),
    tries,
    signal,
    ({ kind }) => kind === 'not-sent' || (kind === 'unknown' && server.isUp()),
  )
}

/** Milliseconds that `/create` may go on after it was called off. */
const LATE_MS = 2000

/**
 * Creates a session. If it is called off meanwhile, the request goes on for a moment: a session
 * that still comes of it is closed, since nobody else knows its number.
 */
async function createOrClose(
  server: PooledServer,
  dialect: Dialect,
  signal: AbortSignal | undefined,
): Promise<Session> {
  if (signal?.aborted) throw aborted('agentgym')
  const tooLate = new AbortController()
  const created = create(server, dialect, tooLate.signal)
  try {
    return await unlessAborted(created, signal)
  } catch (error) {
    if (signal?.aborted) {
      const timer = setTimeout(() => tooLate.abort(), LATE_MS)
      created
        .then((session) => releaseSession(dialect, server, session))
        // It has failed, and the episode is over in any case.
        .catch(() => undefined)
        .finally(() => clearTimeout(timer))
    }
    throw error
  }
}

/** The result of the work, or a rejection as soon as it is called off. */
function unlessAborted<T>(work: Promise<T>, signal: AbortSignal | undefined): Promise<T> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => reject(aborted('agentgym'))
    signal?.addEventListener('abort', onAbort, { once: true })
    work.then(resolve, reject).finally(() => signal?.removeEventListener('abort', onAbort))
  })
}

async function create(
  server: PooledServer,
  { prefix = '', idKey, createBody }: Dialect,
  signal: AbortSignal,
): Promise<Session> {
  const { epoch } = server
  const answer = checked(
    await server.request(`${prefix}/create`, { method: 'POST', body: createBody, signal }),
  )
  const id =
    typeof answer === 'object' && answer !== null
      ? ((answer as Record<string, unknown>)[idKey] ?? (answer as Record<string, unknown>).id)
      : answer
  if (typeof id === 'number') return { id, epoch }
  throw new RequestFailure(
    `${server.url}: /create gave no number: ${JSON.stringify(answer).slice(0, 80)}.`,
    'rejected',
  )
}

/** The last observation of a session's calls, in the server's own words. */
export interface LastTold {
  raw: string | undefined
}

function rawObservation(answer: unknown): string | undefined {
  if (typeof answer === 'string') return answer
  const { observation, state } = (typeof answer === 'object' && answer !== null ? answer : {}) as {
    observation?: unknown
    state?: unknown
  }
  return typeof observation === 'string'
    ? observation
    : typeof state === 'string'
      ? state
      : undefined
}

/**
 * The calls a dialect makes. A call that changes nothing the second time is sent again after a lost
 * answer; a step is sent once.
 *
 * @param told gets the raw observation of each answer
 */
export function sessionCalls(
  server: PooledServer,
  { prefix = '', idKey, stateless }: Dialect,
  session: Session,
  memory: Map<string, string>,
  told: LastTold,
  tries: Tries,
  signal: AbortSignal | undefined,
): SessionCalls {
  const once = async (call: () => Promise<unknown>, mayRetry: boolean): Promise<unknown> => {
    const answer = await retry(
      async () => checked(await call()),
      tries,
      signal,
      (failure) => mayRetry && isHarmless(server, failure),
    )
    told.raw = rawObservation(answer) ?? told.raw
    return answer
  }
  return {
    memory,
    post: (path, body) =>
      once(
        () =>
          server.request(prefix + path, {
            method: 'POST',
            body: { [idKey]: session.id, ...body },
            signal,
          }),
        path !== '/step' || (stateless ?? false),
      ),
    get: (path) =>
      once(
        () => server.request(`${prefix}${path}?${idKey}=${session.id}`, { method: 'GET', signal }),
        true,
      ),
  }
}

/**
 * Closes a session. If the server cannot close any, the session is kept for the next episode. Other
 * failures to close are ignored.
 */
export async function releaseSession(
  { prefix = '', idKey }: Dialect,
  server: PooledServer,
  session: Session,
): Promise<void> {
  if (server.closes) {
    try {
      await server.request(`${prefix}/close`, { method: 'POST', body: { [idKey]: session.id } })
      return
    } catch (error) {
      if (!isRequestFailure(error) || (error.status !== 404 && error.status !== 405)) return
      server.closes = false
    }
  }
  server.idle.push(session)
}
