import { IcrlError, isIcrlError, type Episode, type EpisodeStart, type EpisodeStep } from '@icrl/core'
import { unknownTask } from '../local-environment.ts'
import type { Dialect, SessionCalls } from './dialect.ts'
import { RequestFailure } from './request-json.ts'
import type { PooledServer } from './server-pool.ts'

export interface RecoveryOptions {
  /** Attempts after the first. */
  readonly retries: number
  /** Pause before the first of them; doubles up to five seconds. */
  readonly retryDelayMs: number
}

interface Session {
  readonly id: number
  readonly epoch: number
}

/** What has been played, so that it can be played again on another session. */
interface History {
  readonly taskId: string
  readonly item: number
  readonly start: EpisodeStart
  readonly steps: { readonly action: string; readonly step: EpisodeStep }[]
}

const longestPause = 5000

function pause(milliseconds: number, signal: AbortSignal | undefined): Promise<void> {
  return new Promise((resolve, reject) => {
    const onAbort = (): void => {
      clearTimeout(timer)
      reject(new IcrlError('agentgym: aborted.', { code: 'aborted', remedy: 'Start the episode again if it is still wanted.' }))
    }
    const timer = setTimeout(() => {
      signal?.removeEventListener('abort', onAbort)
      resolve()
    }, milliseconds)
    if (signal?.aborted) onAbort()
    else signal?.addEventListener('abort', onAbort, { once: true })
  })
}

function checked(answer: unknown): unknown {
  const error = typeof answer === 'object' && answer !== null && 'error' in answer ? answer.error : undefined
  if (error === undefined) return answer
  const text = typeof error === 'string' ? error : JSON.stringify(error)
  const kind = /^The id -?\d+ is not valid/.test(text) ? 'server-lost' : /has been deleted/.test(text) ? 'session-lost' : 'rejected'
  throw new RequestFailure(`agentgym: the server says "${text.slice(0, 200)}".`, kind, 200)
}

async function createSession(server: PooledServer, { prefix = '', idKey, createBody }: Dialect, signal: AbortSignal | undefined): Promise<Session> {
  for (let idle = server.idle.pop(); idle; idle = server.idle.pop()) if (idle.epoch === server.epoch) return idle
  const { epoch } = server
  const answer = checked(await server.request(`${prefix}/create`, { method: 'POST', body: createBody, signal }))
  const id = typeof answer === 'object' && answer !== null ? ((answer as Record<string, unknown>)[idKey] ?? (answer as Record<string, unknown>).id) : answer
  if (typeof id !== 'number') throw new RequestFailure(`${server.url}: /create gave no number: ${JSON.stringify(answer).slice(0, 80)}.`, 'rejected')
  return { id, epoch }
}

function callsOf(server: PooledServer, { prefix = '', idKey }: Dialect, session: Session, signal: AbortSignal | undefined, memory: Map<string, string>): SessionCalls {
  return {
    memory,
    post: async (path, body) => checked(await server.request(prefix + path, { method: 'POST', body: { [idKey]: session.id, ...body }, signal })),
    get: async (path) => checked(await server.request(`${prefix}${path}?${idKey}=${session.id}`, { method: 'GET', signal })),
  }
}

const sameStep = (a: EpisodeStep, b: EpisodeStep): boolean => a.observation === b.observation && a.reward === b.reward && a.done === b.done

/**
 * An episode on an AgentGym server that survives the server's faults. A request that may or may not have been carried out is never
 * simply sent again: the task is started afresh, on another session if need be, the actions so far are played again and their answers
 * compared, and then the action is taken once. So a lost answer, a restart or an error 500 costs time but changes nothing.
 */
export function agentgymEpisode(dialect: Dialect, server: PooledServer, { retries, retryDelayMs }: RecoveryOptions): Episode {
  let session: Session | undefined
  let history: History | undefined
  let memory = new Map<string, string>()
  let closed = false
  server.load++

  const calls = async (signal: AbortSignal | undefined): Promise<SessionCalls> => {
    if (!session || session.epoch !== server.epoch) session = await createSession(server, dialect, signal)
    return callsOf(server, dialect, session, signal, memory)
  }
  const start = async (item: number, signal: AbortSignal | undefined): Promise<EpisodeStart> => {
    memory = new Map()
    return dialect.reset(await calls(signal), item)
  }
  const replay = async ({ item, taskId, start: first, steps }: History, signal: AbortSignal | undefined): Promise<void> => {
    const diverged = new RequestFailure(`${server.url}: task ${taskId} went another way when it was played again after a fault.`, 'rejected')
    const again = await start(item, signal)
    if (again.observation !== first.observation) throw diverged
    for (const { action, step } of steps) if (!sameStep(await dialect.step(await calls(signal), action), step)) throw diverged
  }
  /** Runs an attempt; after a failure that allows it once more, with a clean start where the session's state is in doubt. */
  const persist = async <T>(attempt: (isClean: boolean) => Promise<T>, signal: AbortSignal | undefined): Promise<T> => {
    let isClean = true
    for (let failures = 0; ; failures++) {
      try {
        return await attempt(isClean)
      } catch (error) {
        if (!(error instanceof RequestFailure) || error.kind === 'rejected' || failures >= retries) throw error
        if (error.kind !== 'not-sent') isClean = false
        forget(error)
        await pause(Math.min(longestPause, retryDelayMs * 2 ** failures), signal)
      }
    }
  }
  const forget = ({ kind, status }: RequestFailure): void => {
    if (kind === 'server-lost' && session?.epoch === server.epoch) server.epoch++
    // An answer 500 is how some of the original servers say that they do not know the session.
    if (kind === 'server-lost' || kind === 'session-lost' || status === 500) session = undefined
  }
  return {
    reset: async (taskId, signal) => {
      if (closed) throw new IcrlError(`${dialect.name}: the episode is closed.`, { code: 'environment-failed', remedy: 'Open another episode.' })
      if (!/^(0|[1-9]\d{0,8})$/.test(taskId)) throw unknownTask(dialect.name, taskId)
      const item = Number(taskId)
      try {
        const first = await persist(() => start(item, signal), signal)
        history = { taskId, item, start: first, steps: [] }
        return first
      } catch (error) {
        history = undefined
        throw isIcrlError(error) && /index out of range|game \d+ is not valid/.test(error.message) ? unknownTask(dialect.name, taskId) : error
      }
    },
    step: async (action, signal) => {
      const played = history
      if (!played) throw new IcrlError(`${dialect.name}: no task has been started.`, { code: 'environment-failed', remedy: 'Reset to a task first.' })
      const last = played.steps.at(-1)?.step
      if (last?.done) return last
      const step = await persist(async (isClean) => {
        if (!isClean || session?.epoch !== server.epoch) await replay(played, signal)
        return dialect.step(await calls(signal), action)
      }, signal)
      played.steps.push({ action, step })
      return step
    },
    close: async () => {
      if (closed) return
      closed = true
      history = undefined
      server.load--
      if (session && session.epoch === server.epoch) await release(dialect, server, session)
    },
  }
}

/** Closes a session; where the server cannot, it is kept for the next episode. A failure to close is not worth an error. */
async function release({ prefix = '', idKey }: Dialect, server: PooledServer, session: Session): Promise<void> {
  if (server.closes) {
    try {
      await server.request(`${prefix}/close`, { method: 'POST', body: { [idKey]: session.id } })
      return
    } catch (error) {
      if (!(error instanceof RequestFailure) || (error.status !== 404 && error.status !== 405)) return
      server.closes = false
    }
  }
  server.idle.push(session)
}
