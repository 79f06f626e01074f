import { visibleText } from './visible-text.ts'

/**
 * Whether a judge found an answer right: the last `right`, `correct`, `wrong` or `incorrect` outside
 * its thinking, with a `not` before it turned round. Undefined if it says neither.
 *
 * @example
 * import { parseVerdict } from '@icrl/critic'
 * parseVerdict('The sum is right, but the sign is not correct.') // 'wrong'
 */
export function parseVerdict(text: string): 'right' | 'wrong' | undefined {
  const said = [
    ...visibleText(text).matchAll(/\b(not\s+)?(right|correct|wrong|incorrect)(?![a-z])/gi),
  ].at(-1)
  if (!said) return undefined
  const [, negation, word] = said
  const isRight = /^(right|correct)$/i.test(word) !== (negation !== undefined)
  return isRight ? 'right' : 'wrong'
}

/**
 * Which of two responses a judge prefers: its last `[[A]]`, `[[B]]`, `\\boxed{1}`, `\\boxed{2}`,
 * `first` or `second` outside its thinking. Undefined if it says neither.
 *
 * @example
 * import { parsePreference } from '@icrl/critic'
 * parsePreference('Both are short. The second is true: [[B]]') // 'second'
 */
export function parsePreference(text: string): 'first' | 'second' | undefined {
  const said = [
    ...visibleText(text).matchAll(/\[\[([ab])\]\]|\\boxed\{([12])\}|\b(first|second)\b/gi),
  ].at(-1)
  if (!said) return undefined
  return /^(a|1|first)$/i.test(said[1] ?? said[2] ?? said[3]) ? 'first' : 'second'
}

/**
 * The scores `[count]` a judge gives so many responses: the last list of exactly that many numbers,
 * such as `[7, 3]` or `\\boxed{7, 3}`, outside its thinking. Undefined if there is none.
 *
 * @example
 * import { parseScores } from '@icrl/critic'
 * parseScores('Scores: \\boxed{7, 3}', 2) // [7, 3]
 */
export function parseScores(text: string, count: number): number[] | undefined {
  return [...visibleText(text).matchAll(/[[{]([-\d.,\s]+)[\]}]/g)]
    .map(([, list]) => list.split(',').map((part) => (part.trim() === '' ? NaN : Number(part))))
    .filter((scores) => scores.length === count && scores.every(Number.isFinite))
    .at(-1)
}
