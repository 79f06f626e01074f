import { IcrlError } from '@icrl/core'

/**
 * The part that a word stands for. Only the part is passed on, never the word.
 *
 * @throws `invalid-option` listing the words that exist
 */
export function partNamed<Part>(
  option: string,
  parts: Readonly<Record<string, Part>>,
  word: string,
): Part {
  if (Object.hasOwn(parts, word)) return parts[word]
  throw new IcrlError(`recipe: ${option} is "${word}".`, {
    code: 'invalid-option',
    remedy: `Use one of: ${Object.keys(parts).join(', ')}.`,
  })
}
