import { readFile } from 'node:fs/promises'
import { IcrlError } from '@icrl/core'

/**
 * The object in a JSON file; undefined if there is no such file.
 *
 * @throws `corrupt-file` if it holds anything else; `unavailable` if it cannot be read.
 */
export async function readJsonObject<Value extends object>(
  file: string,
): Promise<Value | undefined> {
  let text: string
  try {
    text = await readFile(file, 'utf8')
  } catch (cause) {
    if ((cause as { code?: string }).code === 'ENOENT') return undefined
    throw new IcrlError(`cannot read ${file}: ${(cause as Error).message}.`, {
      code: 'unavailable',
      remedy: 'Fix the file’s permissions or its disk.',
      cause,
    })
  }
  const remedy = 'Restore the file; a summary.json may simply be removed.'
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch (cause) {
    throw new IcrlError(`${file} is not JSON: ${(cause as Error).message}.`, {
      code: 'corrupt-file',
      remedy,
      cause,
    })
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new IcrlError(`${file} is not a JSON object.`, { code: 'corrupt-file', remedy })
  return value as Value
}
