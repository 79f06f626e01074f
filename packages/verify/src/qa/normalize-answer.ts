/** Python's `string.punctuation`, the 32 ASCII marks. */
const PUNCTUATION = /[!-/:-@[-`{-~]/g
/**
 * Articles as whole words, where a word is what Python's `\w` matches: letters and digits of any
 * script.
 */
const ARTICLES = /(?<![\p{L}\p{N}_])(?:a|an|the)(?![\p{L}\p{N}_])/gu
/** What Python's `str.split` splits on; unlike `\s`, not the byte-order mark. */
export const SPACES: RegExp =
  /[\t-\r\u001c- \u0085\u00a0\u1680\u2000-\u200a\u2028\u2029\u202f\u205f\u3000]+/

/**
 * SQuAD's normal form: lower case, no ASCII punctuation, no articles, single spaces; in that order.
 *
 * Rajpurkar et al. 2016 (arXiv 1606.05250), evaluation script; the form Search-R1 and verl score
 * with.
 *
 * @example
 * normalizeAnswer('The  Eiffel-Tower.') // 'eiffeltower'
 */
export function normalizeAnswer(text: string): string {
  return withoutMarks(text).replace(ARTICLES, ' ').split(SPACES).filter(Boolean).join(' ')
}

/** In lower case, without ASCII punctuation. */
export const withoutMarks = (text: string): string => text.toLowerCase().replace(PUNCTUATION, '')
