import { IcrlError } from '@icrl/core'

/**
 * The part a word stands for: the word travels no further.
 *
 * @throws `invalid-option` listing the words there are
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
