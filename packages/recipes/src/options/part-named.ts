import { IcrlError, nearestMatch } from '@icrl/core'

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
  const known = Object.keys(parts)
  const meant = nearestMatch(word, known)
  throw new IcrlError(`recipe: ${option} is "${word}".`, {
    code: 'invalid-option',
    option,
    remedy: `${meant ? `Did you mean "${meant}"? ` : ''}Use one of: ${known.join(', ')}.`,
  })
}
