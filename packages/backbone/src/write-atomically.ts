import { open, rename, rm } from 'node:fs/promises'
import type { FileHandle } from 'node:fs/promises'
import { dirname } from 'node:path'
import { IcrlError } from '@icrl/core'

/**
 * Writes a file whole or not at all: under a temporary name beside it, synced, then renamed over
 * it.
 *
 * @throws IcrlError `write-failed`, with the temporary file removed and what was there before
 * untouched.
 *
 * @example
 * await writeAtomically('config.json', (file) => file.writeFile('{}'))
 */
export async function writeAtomically(
  path: string,
  write: (file: FileHandle) => Promise<void>,
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
    throw new IcrlError(`${path} could not be written.`, {
      code: 'write-failed',
      remedy: 'Check free space and permissions of the folder.',
      cause,
    })
  }
}

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
