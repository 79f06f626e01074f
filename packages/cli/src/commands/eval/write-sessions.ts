import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'
import { IcrlError, type SessionResult } from '@icrl/core'

/** A session, and the set of held-out tasks it is of, if that has a name. */
export interface WrittenSession extends SessionResult {
  readonly set?: string
}

/** A file of sessions that is written as they end. */
export interface SessionsFile {
  /** Adds a session that ended. */
  add(session: WrittenSession): void
  /** Puts all sessions in their order. */
  finish(sessions: readonly WrittenSession[]): void
}

/**
 * Every session as a line of JSON: set, task, session, outcomes, failure, transcript. Those that
 * ended are in the file whatever happens later. Without a path nothing is written.
 *
 * @throws `write-failed`, before anything is evaluated if the path cannot be written at all
 */
export function sessionsFile(path: string | undefined): SessionsFile {
  if (path === undefined) return { add: () => undefined, finish: () => undefined }
  writing(path, () => {
    mkdirSync(dirname(path), { recursive: true })
    writeFileSync(path, '')
  })
  return {
    add: (session) => writing(path, () => appendFileSync(path, lineOf(session))),
    finish: (sessions) =>
      writing(path, () => {
        const whole = `${path}.tmp`
        writeFileSync(whole, sessions.map(lineOf).join(''))
        renameSync(whole, path)
      }),
  }
}

function lineOf({ set, task, session, outcomes, failure, transcript }: WrittenSession): string {
  const failed = failure && { failure: failure.reason }
  return `${JSON.stringify({ set, task, session, outcomes, ...failed, transcript })}\n`
}

function writing(path: string, work: () => void): void {
  try {
    work()
  } catch (cause) {
    throw new IcrlError(`--out: ${path} cannot be written.`, {
      code: 'write-failed',
      remedy: 'Give a path that can be written, on a disk with room.',
      cause,
    })
  }
}
