import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const root =
  process.env.ICRL_SHARED ?? fileURLToPath(new URL('../../../../shared', import.meta.url))

/**
 * A file of the reference data in the folder that `ICRL_SHARED` names; undefined if it is absent, so
 * that a test can be skipped.
 */
export function sharedData(path: string): string | undefined {
  const full = `${root}/data/${path}`
  return existsSync(full) ? full : undefined
}
