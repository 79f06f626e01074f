/** A critique, and the answer it must not give away. */
export interface LeakInput {
  /** The text that may give the answer away. */
  readonly critique: string
  /** The reference answer. */
  readonly answer: string
  /** What the solver knows anyway, usually the question: an answer found in it is no leak. */
  readonly given?: string
}

/**
 * True if a critique states the answer instead of teaching the way: the critique has the answer's
 * number, or its words as whole words, and what was given does not. Case, spacing, thousands
 * separators and common LaTeX markup do not matter. It may report too much: a short answer can
 * appear by chance ("step 4"). It cannot see a paraphrase.
 *
 * @example
 * import { detectLeak } from '@icrl/critic'
 * detectLeak({ critique: 'The total should be 1,200.', answer: '1200' }) // true
 * detectLeak({ critique: 'Convert hours to minutes first.', answer: '1200' }) // false
 */
export function detectLeak({ critique, answer, given = '' }: LeakInput): boolean {
  const wanted = normalize(answer)
  if (wanted === '') return false
  const value = numberIn(wanted)
  const states = (text: string): boolean =>
    value === undefined
      ? hasWords(normalize(text), wanted)
      : numbersIn(normalize(text)).includes(value)
  return states(critique) && !states(given)
}

const DRESSING: readonly (readonly [RegExp, string])[] = [
  [/\\[dt]?frac\s*\{([^{}]*)\}\s*\{([^{}]*)\}/g, '$1/$2'],
  [/\\(?:boxed|text|mathrm|textbf)\s*\{([^{}]*)\}/g, '$1'],
  [/\\(?:left|right|displaystyle)|\\[,;!: ]|[$*_`]/g, ''],
  [/(\d),(?=\d{3}(?!\d))/g, '$1'],
  [/\u2212/g, '-'],
  [/\s+/g, ' '],
]

function normalize(text: string): string {
  return DRESSING.reduce(
    (plain, [pattern, replacement]) => plain.replace(pattern, replacement),
    text.normalize('NFKC').toLowerCase(),
  )
    .trim()
    .replace(/\.$/, '')
}

const NUMBER = /(?<![\w.])-?(?:\d+(?:\.\d+)?|\.\d+)(?![\w])/g

function numberIn(text: string): number | undefined {
  return /^-?(?:\d+(?:\.\d+)?|\.\d+)$/.test(text) ? Number(text) : undefined
}

function numbersIn(text: string): number[] {
  return Array.from(text.matchAll(NUMBER), ([digits]) => Number(digits))
}

/** True if the words appear with neither letter nor digit right before or after them. */
function hasWords(text: string, words: string): boolean {
  for (let at = text.indexOf(words); at !== -1; at = text.indexOf(words, at + 1)) {
    if (!isWord(text[at - 1]) && !isWord(text[at + words.length])) return true
  }
  return false
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /[\p{L}\p{N}]/u.test(character)
}
