import { dirname, open, rename, rm } from '#node'
import type { FileHandle } from 'node:fs/promises'
import { IcrlError, isIcrlError } from '@icrl/core'

/**
 * Writes a file whole or not at all: under a temporary name beside it, synced, then renamed over
 * it.
 *
 * @param bytes how many it will have, for the error of a full disk
 * @throws IcrlError `write-failed`, with the temporary file removed and what was there before
 * untouched; an `IcrlError` of `write` as it is.
 *
 * @example
 * await writeAtomically('config.json', (file) => file.writeFile('{}'))
 */
export async function writeAtomically(
  path: string,
  write: (file: FileHandle) => Promise<void>,
  bytes?: number,
): Promise<void> {
  const temporary = `${path}.${process.pid}.part`
  try {
    const file = await open(temporary, 'w')
    try {
      await write(file)
      await file.sync()
    } finally {
      await file.close()
    }
    await rename(temporary, path)
    await syncFolder(dirname(path))
  } catch (cause) {
    await rm(temporary, { force: true })
    throw isIcrlError(cause) ? cause : writeFailed(path, cause, bytes)
  }
}

/** What to say of a file that could not be written; a full disk is named, with the bytes needed. */
export function writeFailed(path: string, cause: unknown, bytes?: number): IcrlError {
  const isFull = FULL.has((cause as { code?: string } | undefined)?.code ?? '')
  const needs = bytes === undefined ? '' : `; it needs ${(bytes / 1e6).toFixed(1)} MB`
  return new IcrlError(
    isFull ? `${path}: the disk is full${needs}.` : `${path} could not be written.`,
    {
      code: 'write-failed',
      remedy: isFull
        ? 'Free that much space, or choose a folder on another disk.'
        : 'Check free space and permissions of the folder.',
      cause,
    },
  )
}

/** No space left on the device, or none left of the user's quota. */
const FULL: ReadonlySet<string> = new Set(['ENOSPC', 'EDQUOT'])

/** Makes a rename survive a crash. On Windows a folder cannot be synced, and need not be. */
async function syncFolder(path: string): Promise<void> {
  if (process.platform === 'win32') return
  const folder = await open(path)
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
