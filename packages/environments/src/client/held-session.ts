import type { EpisodeStart } from '@icrl/core'
import type { Dialect, SessionCalls } from './dialect.ts'
import type { RequestFailure } from './request-json.ts'
import type { Tries } from './retry.ts'
import type { PooledServer, ServerPool } from './server-pool.ts'
import {
  createSession,
  releaseSession,
  sessionCalls,
  type LastTold,
  type Session,
} from './session-calls.ts'

/** What a call of an episode may spend. */
export interface CallLimits {
  readonly tries: Tries
  readonly signal: AbortSignal | undefined
}

/**
 * An episode's session on a server: created when it is needed, and created anew when it is lost, on
 * another server if its own does not answer. Each session that was created is closed.
 */
export interface HeldSession {
  readonly dialect: Dialect
  /** What the dialect remembers. */
  readonly memory: Map<string, string>
  readonly told: LastTold
  /** The address of its server, for messages. */
  where(): string
  /** False if the next calls go to another session than the last ones did. */
  isCurrent(): boolean
  calls(limits: CallLimits): Promise<SessionCalls>
  start(item: number, limits: CallLimits): Promise<EpisodeStart>
  /** Takes note of a failure; returns whether it makes sense to go on. */
  mayRecover(failure: RequestFailure): boolean
  release(): Promise<void>
}

/** Holds a place on a server of the pool until it is released. */
export function holdSession(dialect: Dialect, pool: ServerPool): HeldSession {
  let server: PooledServer = pool.pick()
  let session: Session | undefined
  let mustMove = false
  const leaving = new Set<Promise<void>>()
  const memory = new Map<string, string>()
  const told: LastTold = { raw: undefined }
  server.load++
  const isCurrent = (): boolean => session?.epoch === server.epoch
  /** Gives up a session that may be broken. Nobody waits for its end before the episode's. */
  const abandon = (): void => {
    if (session && isCurrent() && server.closes) {
      const left = releaseSession(dialect, server, session)
      leaving.add(left)
      void left.finally(() => leaving.delete(left))
    }
    session = undefined
  }
  const calls = async ({ tries, signal }: CallLimits): Promise<SessionCalls> => {
    if (!session || !isCurrent()) {
      if (mustMove) {
        mustMove = false
        server.load--
        server = pool.pick()
        server.load++
      }
      session = await createSession(server, dialect, tries, signal)
    }
    return sessionCalls(server, dialect, session, memory, told, tries, signal)
  }
  return {
    dialect,
    memory,
    told,
    where: () => server.url,
    isCurrent,
    calls,
    start: async (item, limits) => {
      memory.clear()
      return dialect.reset(await calls(limits), item)
    },
    mayRecover: ({ kind, status }) => {
      mustMove = !server.isUp()
      if (kind === 'server-lost' && isCurrent()) server.epoch++
      if (kind === 'server-lost' || kind === 'session-lost') session = undefined
      // Some of the original servers answer 500 for a session they do not know.
      else if (status === 500 || (status === undefined && mustMove)) abandon()
      return kind !== 'rejected'
    },
    release: async () => {
      server.load--
      if (session && isCurrent()) await releaseSession(dialect, server, session)
      await Promise.all(leaving)
    },
  }
}
