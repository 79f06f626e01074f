/** What AgentGym's servers answer for a session that cannot be used. */
export class SessionError extends Error {}

export interface SessionTable<S> {
  /** Adds a session and returns its number, counted from 0. */
  add(session: S): number
  /** @throws SessionError for a number never given, or a session that is gone */
  find(id: number): S
  delete(id: number): boolean
  readonly size: number
}

/**
 * Sessions by number. Clients of the original servers often never close theirs: beyond `limit` the
 * one used least recently is dropped and reported as deleted.
 *
 * @example
 * const sessions = sessionTable<{ done: boolean }>(16_384)
 * const id = sessions.add({ done: false })
 */
export function sessionTable<S>(limit: number): SessionTable<S> {
  let next = 0
  const sessions = new Map<number, S>()
  return {
    add: (session) => {
      sessions.set(next, session)
      if (sessions.size > limit) sessions.delete(sessions.keys().next().value!)
      return next++
    },
    find: (id) => {
      const session = sessions.get(id)
      if (session === undefined)
        throw new SessionError(
          id >= 0 && id < next
            ? `The task with environment ${id} has been deleted.`
            : `The id ${id} is not valid.`,
        )
      sessions.delete(id)
      sessions.set(id, session)
      return session
    },
    delete: (id) => sessions.delete(id),
    get size() {
      return sessions.size
    },
  }
}

/** Runs a call; a `SessionError` becomes AgentGym's `{"error": text}` with status 200. */
export async function told<T>(call: () => T | Promise<T>): Promise<T | { readonly error: string }> {
  try {
    return await call()
  } catch (error) {
    if (error instanceof SessionError) return { error: error.message }
    throw error
  }
}

/** The error of a session that is over. */
export function finished(id: number): SessionError {
  return new SessionError(`The task with environment ${id} has finished.`)
}
