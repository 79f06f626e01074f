import { readFile } from 'node:fs/promises'
import { IcrlError, type Json } from '@icrl/core'

/**
 * What a JSON file holds; undefined if there is none.
 *
 * @param of what the file is a part of, in words
 * @throws `corrupt-file` if it is not JSON
 */
export async function readJsonFile(path: string, of: 'run' | 'program'): Promise<Json | undefined> {
  const text = await readFile(path, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT' || error.code === 'ENOTDIR') return undefined
    throw error
  })
  if (text === undefined) return undefined
  try {
    return JSON.parse(text) as Json
  } catch (cause) {
    throw new IcrlError(`${path} is not JSON.`, {
      code: 'corrupt-file',
      remedy: `Restore it, or begin a new ${of} in another folder.`,
      cause,
    })
  }
}
