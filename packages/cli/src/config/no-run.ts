import { existsSync } from 'node:fs'
import { resolve } from 'node:path'
import { IcrlError, runLayout } from '@icrl/core'
import { findRunFolders } from '@icrl/report'

/**
 * Refuses a folder that is no run's.
 *
 * @throws `missing-file` saying what the folder is: absent, a comparison with its runs, or something
 * else
 */
export async function requireRun(path: string): Promise<void> {
  const { config, metrics } = runLayout(path)
  if (!existsSync(config) && !existsSync(metrics)) throw await noRun(path)
}

/** What to say of a folder that is no run's. */
export async function noRun(path: string): Promise<IcrlError> {
  if (!existsSync(path)) return noFolder(path)
  const runs = (await findRunFolders(path)).map(({ directory }) => directory)
  if (runs.length === 0)
    return new IcrlError(`${path} holds no run: neither config.json nor metrics.jsonl.`, {
      code: 'missing-file',
      remedy: 'Give the folder that `icrl train --out` was given.',
    })
  const named = runs.slice(0, LISTED).join(', ')
  return new IcrlError(
    `${path} is not a run: it holds ${runs.length} ${runs.length === 1 ? 'run' : 'runs'}.`,
    {
      code: 'missing-file',
      remedy: `Name one of them: ${named}${runs.length > LISTED ? ` and ${runs.length - LISTED} more` : ''}.`,
    },
  )
}

/** Most runs that an error lists. */
const LISTED = 8

/** A folder that does not exist; a relative path with what it means here. */
export function noFolder(path: string, remedy?: string): IcrlError {
  return new IcrlError(`there is no folder ${meant(path)}.`, {
    code: 'missing-file',
    remedy: remedy ?? 'Give the folder of a run.',
  })
}

/** A path as it was given, and where that is if it is relative. */
export function meant(path: string): string {
  const absolute = resolve(path)
  return absolute === path ? path : `${path} (${absolute})`
}
