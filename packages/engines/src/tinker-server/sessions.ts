import { randomBytes } from 'node:crypto'
import { notFound } from './request-error.ts'

/** A client's session, to which its models and samplers belong. */
export interface Session {
  readonly id: string
  readonly userMetadata: Readonly<Record<string, unknown>> | null
  /** When it was last heard of, in milliseconds. */
  seenAt: number
  /** True once it has sent a heartbeat: it then has to go on. */
  beats: boolean
}

/** How long a session lives that never sends a heartbeat, in milliseconds. */
const SILENT_MS = 24 * 3_600_000

/** The sessions of all clients. */
export class Sessions {
  readonly #sessions = new Map<string, Session>()
  readonly #timeoutMs: number

  /** @param timeoutMs that a session lives without a sign */
  constructor(timeoutMs: number) {
    this.#timeoutMs = timeoutMs
  }

  create(userMetadata: Session['userMetadata']): Session {
    const id = `session_${randomBytes(8).toString('hex')}`
    const session: Session = { id, userMetadata, seenAt: Date.now(), beats: false }
    this.#sessions.set(id, session)
    return session
  }

  /** The session, which gives a sign of life. @throws RequestError 404 */
  get(id: string): Session {
    const session = this.#sessions.get(id)
    if (session === undefined) throw notFound(`session ${id}`)
    session.seenAt = Date.now()
    return session
  }

  end(id: string): void {
    this.#sessions.delete(id)
  }

  /** Ids of sessions that have given no sign for too long. */
  expired(): string[] {
    const now = Date.now()
    return [...this.#sessions.values()]
      .filter(({ seenAt, beats }) => now - seenAt > (beats ? this.#timeoutMs : SILENT_MS))
      .map(({ id }) => id)
  }
}
