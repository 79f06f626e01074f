import { readFile } from 'node:fs/promises'
import { IcrlError } from '@icrl/core'

/** Reads a JSON file; throws `missing-file` or `corrupt-file` naming it. */
export async function readJson(path: string, remedy: string): Promise<unknown> {
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new IcrlError(`${path} cannot be read.`, { code: 'missing-file', remedy, cause })
  })
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new IcrlError(`${path} is not JSON.`, { code: 'corrupt-file', remedy, cause })
  }
}
