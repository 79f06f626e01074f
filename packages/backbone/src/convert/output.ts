import { mkdir, readdir, rename, rm, stat, statfs } from 'node:fs/promises'
import { dirname } from 'node:path'
import { IcrlError, isIcrlError } from '@icrl/core'
import { writeFailed } from '../write-atomically.ts'

/**
 * Refuses a target that is there already; an empty folder counts as none.
 *
 * @throws IcrlError `invalid-option`
 */
export async function requireAbsent(path: string): Promise<void> {
  const found = await stat(path).catch(() => undefined)
  if (found === undefined) return
  if (found.isDirectory() && (await readdir(path)).length === 0) return
  throw new IcrlError(`${path} is there already.`, {
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

/**
 * Writes a folder whole or not at all: under a temporary name beside it, then renamed.
 *
 * @param bytes how many it will have, for the error of a full disk
 * @throws IcrlError `write-failed`, with nothing left behind
 */
export async function writeFolderWhole(
  directory: string,
  bytes: number,
  write: (temporary: string) => Promise<void>,
): Promise<void> {
  const temporary = `${directory}.${process.pid}.part`
  try {
    await mkdir(temporary, { recursive: true })
    await write(temporary)
    await rename(temporary, directory)
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true })
    throw isIcrlError(cause) ? cause : writeFailed(directory, cause, bytes)
  }
}
