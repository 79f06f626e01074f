import { writeFile } from 'node:fs/promises'
import { IcrlError, type SessionResult } from '@icrl/core'

/** A session, and the set of held-out tasks it is of, if that has a name. */
export interface WrittenSession extends SessionResult {
  readonly set?: string
}

/**
 * Every session as a line of JSON: set, task, session, outcomes, failure, transcript.
 *
 * @throws `write-failed`
 */
export async function writeSessions(
  file: string,
  sessions: readonly WrittenSession[],
): Promise<void> {
  const lines = sessions.map(
    ({ set, task, session, outcomes, failure, transcript }) =>
      `${JSON.stringify({ set, task, session, outcomes, ...(failure && { failure: failure.reason }), transcript })}\n`,
  )
  await writeFile(file, lines.join('')).catch((cause: unknown) => {
    throw new IcrlError(`--out: ${file} cannot be written.`, {
      code: 'write-failed',
      remedy: 'Give a path in a folder that exists and can be written.',
      cause,
    })
  })
}
