import { existsSync } from 'node:fs'
import { IcrlError } from '@icrl/core'

/** Something that a run takes from outside. */
export interface Need {
  readonly what: string
  isThere(): boolean | Promise<boolean>
  /** Commands and settings that bring it. */
  readonly bring: readonly string[]
}

/** A need that one of several files fulfills. */
export function fileNeed(what: string, files: readonly string[], bring: readonly string[]): Need {
  return { what: `${what} (${files.join(', or ')})`, isThere: () => files.some(existsSync), bring }
}

/** Servers that answer `GET /`, as AgentGym's do. */
export function serverNeed(
  what: string,
  servers: readonly string[],
  bring: readonly string[],
): Need {
  return {
    what: `${what} at ${servers.join(', ')}`,
    isThere: async () => {
      const answers = await Promise.all(servers.map(answersAt))
      return servers.length > 0 && answers.every(Boolean)
    },
    bring,
  }
}

const WAIT_MS = 5000

async function answersAt(server: string): Promise<boolean> {
  try {
    return (await fetch(server, { signal: AbortSignal.timeout(WAIT_MS) })).status < 500
  } catch {
    // What it cannot be reached for does not matter here: it is missing.
    return false
  }
}

/** Those that are missing, in their order. */
export async function missingOf(needs: readonly Need[]): Promise<Need[]> {
  const there = await Promise.all(needs.map((need) => need.isThere()))
  return needs.filter((_, i) => !there[i])
}

/** All that is missing, with the commands that bring it, as one text. */
export function describeMissing(missing: readonly Need[]): string {
  return missing
    .map(({ what, bring }) => [`- ${what}`, ...bring.map((line) => `    ${line}`)].join('\n'))
    .join('\n')
}

/**
 * Refuses to begin without what a run needs.
 *
 * @throws IcrlError `missing-file` with all that is missing and the commands that bring it
 */
export async function requireAll(needs: readonly Need[]): Promise<void> {
  const missing = await missingOf(needs)
  if (missing.length === 0) return
  throw new IcrlError(`The run needs what is not there:\n${describeMissing(missing)}\n`, {
    code: 'missing-file',
    remedy: 'Bring it by these commands, from the root of the repository.',
  })
}
