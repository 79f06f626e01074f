import { mkdir, readdir, rename, rm, rmdir } from '#node'
import { isIcrlError } from '@icrl/core'
import { writeFailed } from './write-atomically.ts'

/**
 * Writes a folder whole or not at all, if it is not there yet or empty: under a temporary name
 * beside it, then renamed. A folder that holds files is written into, file by file.
 *
 * @param write fills the folder that it is given
 * @param bytes how many it will have, for the error of a full disk
 * @throws IcrlError `write-failed`, with no new folder left behind; an `IcrlError` of `write` as it
 * is.
 *
 * @example
 * await writeFolderWhole('model', (folder) => writeFile(join(folder, 'config.json'), '{}'))
 */
export async function writeFolderWhole(
  directory: string,
  write: (folder: string) => Promise<void>,
  bytes?: number,
): Promise<void> {
  const entries = await readdir(directory).catch(() => undefined)
  if (entries !== undefined && entries.length > 0) return write(directory)
  const temporary = `${directory}.${process.pid}.part`
  try {
    await rm(temporary, { recursive: true, force: true }) // of a process that was killed
    await mkdir(temporary, { recursive: true })
    await write(temporary)
    if (entries !== undefined) await rmdir(directory)
    await rename(temporary, directory)
  } catch (cause) {
    await rm(temporary, { recursive: true, force: true }).catch(() => undefined) // `cause` says more
    throw isIcrlError(cause) ? cause : writeFailed(directory, cause, bytes)
  }
}
