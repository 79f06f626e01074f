import type { EpisodeStart } from '@icrl/core'
import type { Dialect, SessionCalls } from './dialect.ts'
import type { RequestFailure } from './request-json.ts'
import type { RetryOptions } from './retry.ts'
import type { PooledServer } from './server-pool.ts'
import {
  createSession,
  releaseSession,
  sessionCalls,
  type LastTold,
  type Session,
} from './session-calls.ts'

/**
 * An episode's session on its server: created when it is needed, and created anew when it is lost.
 */
export interface HeldSession {
  readonly server: PooledServer
  readonly dialect: Dialect
  readonly options: RetryOptions
  /** What the dialect remembers. */
  readonly memory: Map<string, string>
  readonly told: LastTold
  /** False if the next calls go to another session than the last ones did. */
  isCurrent(): boolean
  calls(signal: AbortSignal | undefined): Promise<SessionCalls>
  start(item: number, signal: AbortSignal | undefined): Promise<EpisodeStart>
  /** Takes note of a failure; returns whether it makes sense to go on. */
  mayRecover(failure: RequestFailure): boolean
  release(): Promise<void>
}

/** Holds a place on a server until it is released. */
export function holdSession(
  dialect: Dialect,
  server: PooledServer,
  options: RetryOptions,
): HeldSession {
  let session: Session | undefined
  const memory = new Map<string, string>()
  const told: LastTold = { raw: undefined }
  server.load++
  const calls = async (signal: AbortSignal | undefined): Promise<SessionCalls> => {
    if (!session || session.epoch !== server.epoch)
      session = await createSession(server, dialect, options, signal)
    return sessionCalls(server, dialect, session, memory, told, options, signal)
  }
  return {
    server,
    dialect,
    options,
    memory,
    told,
    isCurrent: () => session?.epoch === server.epoch,
    calls,
    start: async (item, signal) => {
      memory.clear()
      return dialect.reset(await calls(signal), item)
    },
    mayRecover: ({ kind, status }) => {
      if (kind === 'server-lost' && session?.epoch === server.epoch) server.epoch++
      // Some of the original servers answer 500 for a session they do not know.
      if (kind === 'server-lost' || kind === 'session-lost' || status === 500) session = undefined
      return kind !== 'rejected'
    },
    release: async () => {
      server.load--
      if (session && session.epoch === server.epoch) await releaseSession(dialect, server, session)
    },
  }
}
