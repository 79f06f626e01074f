import { dirname, readdir, stat, statfs } from '#node'
import { IcrlError } from '@icrl/core'

/**
 * Refuses a target that is there already; an empty folder counts as none.
 *
 * @throws IcrlError `invalid-option`
 */
export async function requireAbsent(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return
  if (found.isDirectory() && (await readdir(path)).length === 0) return
  throw new IcrlError(`${path} exists already.`, {
    code: 'invalid-option',
    remedy: 'Choose another name, or remove it first: nothing is written over.',
  })
}

/**
 * Refuses what the disk has no space for, before anything is written.
 *
 * @throws IcrlError `write-failed` with the bytes that are needed and those that are free
 */
export async function requireSpace(path: string, bytes: number): Promise<void> {
  const disk = await statfs(await nearestFolder(dirname(path)))
  const free = disk.bavail * disk.bsize
  if (free >= bytes) return
  throw new IcrlError(
    `${path} needs ${(bytes / 1e9).toFixed(2)} GB, the disk has ${(free / 1e9).toFixed(2)} GB free.`,
    { code: 'write-failed', remedy: 'Free that much space, or choose a folder on another disk.' },
  )
}

async function nearestFolder(path: string): Promise<string> {
  const isThere = await stat(path).then(
    () => true,
    () => false,
  )
  return isThere || dirname(path) === path ? path : nearestFolder(dirname(path))
}
