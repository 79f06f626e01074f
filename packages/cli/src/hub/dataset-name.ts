import { IcrlError } from '@icrl/core'
import { type HubRepository, hubName, parseHubName } from './hub-name.ts'

/** A part of a data set of the hub. */
export interface DatasetSplit {
  readonly repository: HubRepository
  /** The configuration (subset) it belongs to, where the data set has several. */
  readonly subset?: string
  /** Missing: all files of data. */
  readonly split?: string
}

/**
 * Reads `hf:owner/name#split`, with `@revision` before the `#` and `subset/` before the split if
 * need be: `hf:openai/gsm8k#main/train`.
 *
 * @throws `invalid-option` for what names no data set
 */
export function parseDatasetName(text: string): DatasetSplit {
  const [name, ...rest] = text.split('#')
  const repository = parseHubName(name, 'dataset')
  if (rest.length === 0) return { repository }
  const [split, subset, ...more] = rest.join('#').split('/').reverse()
  if (split !== '' && subset !== '' && more.length === 0 && rest.length === 1)
    return { repository, split, ...(subset !== undefined && { subset }) }
  throw new IcrlError(`"${text}" names no split of a data set.`, {
    code: 'invalid-option',
    remedy: 'Write hf:owner/name#split, or hf:owner/name#subset/split.',
  })
}

/** The name as a command line gives it, without `hf:`. */
export function datasetName({ repository, subset, split }: DatasetSplit): string {
  const part = split === undefined ? '' : `#${subset === undefined ? '' : `${subset}/`}${split}`
  return `${hubName(repository)}${part}`
}
