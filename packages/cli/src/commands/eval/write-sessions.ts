import { writeFile } from 'node:fs/promises'
import { IcrlError, type SessionResult } from '@icrl/core'

/**
 * Every session as a line of JSON: task, session, outcomes, failure, transcript.
 *
 * @throws `write-failed`
 */
export async function writeSessions(
  file: string,
  sessions: readonly SessionResult[],
): Promise<void> {
  const lines = sessions.map(
    ({ task, session, outcomes, failure, transcript }) =>
      `${JSON.stringify({ task, session, outcomes, ...(failure && { failure: failure.reason }), transcript })}\n`,
  )
  await writeFile(file, lines.join('')).catch((cause: unknown) => {
    throw new IcrlError(`--out: ${file} cannot be written.`, {
      code: 'write-failed',
      remedy: 'Give a path in a folder that exists and can be written.',
      cause,
    })
  })
}
