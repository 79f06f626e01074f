import { IcrlError } from '@icrl/core'

/**
 * Stands in a browser's bundle for what reads files.
 *
 * @throws `unsupported`
 */
export function readFile(path: string): never {
  throw new IcrlError(`${path} cannot be read: a browser lacks a file system.`, {
    code: 'unsupported',
    remedy: 'Fetch the files of the tokenizer, and give them to createTokenizer.',
  })
}
