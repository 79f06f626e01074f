import { decodeSample, encodeSample, IcrlError, type Json, type SessionResult } from '@icrl/core'

/** Sessions as lines of JSON, their samples as `encodeSample` writes them. */
export function encodeSessions(sessions: readonly SessionResult[]): string {
  return sessions
    .map(({ failure, ...session }) => {
      const samples = session.samples.map((sample) => JSON.parse(encodeSample(sample)) as Json)
      const { error: _, ...lost } = failure ?? {}
      return `${JSON.stringify({ ...session, samples, ...(failure && { failure: lost }) })}\n`
    })
    .join('')
}

/**
 * Reads what `encodeSessions` wrote.
 *
 * @throws `corrupt-file` naming the line
 */
export function decodeSessions(path: string, text: string): SessionResult[] {
  return text
    .split('\n')
    .slice(0, -1)
    .map((line, i) => {
      try {
        const { samples, ...session } = JSON.parse(line) as SessionResult
        return {
          ...session,
          samples: samples.map((sample) => decodeSample(JSON.stringify(sample))),
        }
      } catch (cause) {
        throw new IcrlError(
          `${path}, line ${i + 1}: ${cause instanceof Error ? cause.message : String(cause)}`,
          {
            code: 'corrupt-file',
            remedy: 'Restore the file, or delete the folder of the step, which is then run again.',
            cause,
          },
        )
      }
    })
}
