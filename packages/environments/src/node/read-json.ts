import { readFileSync } from 'node:fs'
import { IcrlError } from '@icrl/core'

/**
 * A JSON file's value.
 *
 * @throws IcrlError `missing-file`, `corrupt-file`
 * @example
 * const recipes = readJson('recipes.json')
 */
export function readJson(path: string): unknown {
  let text: string
  try {
    text = readFileSync(path, 'utf8')
  } catch (cause) {
    throw new IcrlError(`${path}: cannot be read.`, {
      code: 'missing-file',
      remedy: 'Check the path.',
      cause,
    })
  }
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
