import { readFileSync } from 'node:fs'
import { IcrlError } from '@icrl/core'
import { decodeText } from './decode-text.ts'

/**
 * A JSON file's value; a byte order mark before it is left out.
 *
 * @throws IcrlError `missing-file`, `corrupt-file`, also for what is not UTF-8
 * @example
 * const recipes = readJson('recipes.json')
 */
export function readJson(path: string): unknown {
  let bytes: Buffer
  try {
    bytes = readFileSync(path)
  } catch (cause) {
    throw new IcrlError(`${path}: cannot be read.`, {
      code: 'missing-file',
      remedy: 'Check the path.',
      cause,
    })
  }
  const text = decodeText(bytes, path)
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new IcrlError(`${path}: not JSON.`, {
      code: 'corrupt-file',
      remedy: 'Check that the file is whole.',
      cause,
    })
  }
}
