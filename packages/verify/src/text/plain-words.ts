export const TEXT_COMMAND: RegExp =
  /\\(?:text(?:bf|it|rm|normal|sf|tt|up|sc)?|mbox|hbox|mathrm|mathbf|mathit|operatorname|emph|underline)\s*\{([^{}]*)\}/g
export const STYLE: RegExp =
  /\\(?:displaystyle|textstyle|left|right|bf|rm|it)(?![A-Za-z])|\\(?:[ ,;:!()[\]]|$)|[${}~]/g
/** A command that makes a formula of what it is in. */
const OTHER_COMMAND =
  /\\(?!text|mbox|hbox|mathrm|mathbf|mathit|operatorname|emph|underline|displaystyle|left|right|bf|rm|it|[^A-Za-z]|$)/
const FORMULA = /[\\^_=<>+*/|]/
const SHORT_WORDS = new Set(['yes', 'no', 'odd', 'red', 'two', 'one', 'six', 'ten', 'may'])
const LABEL = /^(?:the )?(?:option|choice|answer|case) (?=[a-z]$)/
const ARTICLE = /^(?:an?|the) (?=[a-z]{3})/
/** An answer in words. */
export interface PlainWords {
  /** Lower case, singular, without punctuation and articles of style; items separated by commas. */
  readonly words: string
  /** As written, but for markup. */
  readonly raw: string
}

/** The words of an answer that is text and nothing else; undefined for a formula. */
export function plainWords(answer: string): PlainWords | undefined {
  if (OTHER_COMMAND.test(answer) || !/[A-Za-z\u0080-\uffff]/.test(answer)) return undefined
  const raw = answer
    .replace(TEXT_COMMAND, ' $1 ')
    .replace(TEXT_COMMAND, ' $1 ')
    .replace(STYLE, ' ')
    .trim()
  if (raw.length > 500 || FORMULA.test(raw) || !/\p{L}/u.test(raw)) return undefined
  const words = raw
    .toLowerCase()
    .replace(/(?<=[a-z])\.(?=[a-z]|\s|$)/g, '')
    .replace(/["'`“”‘’()[\].!?]/g, ' ')
    .replace(/\s+(?:and|&)\s+|\s*[,;]\s*(?:and\s+)?/g, ', ')
    .replace(/\s+/g, ' ')
    .trim()
    .replace(/[,:]$/, '')
    .split(' ')
    .map(singular)
    .join(' ')
    .replace(LABEL, '')
    .replace(ARTICLE, '')
  return words === '' ? undefined : { words, raw }
}

function singular(word: string): string {
  return /[^su]s,?$/.test(word) && word.replace(',', '').length > 3
    ? word.replace(/s(,?)$/, '$1')
    : word
}

/**
 * Whether words are an answer on their own: set as text, long, several, or a capital letter; `ab`
 * is a product.
 */
export function isWording(answer: string, { raw }: PlainWords): boolean {
  return (
    /\\(?:text|mbox)/.test(answer) ||
    SHORT_WORDS.has(raw.toLowerCase()) ||
    /[A-Za-z]{4,}|[A-Za-z]{2,}\s+[A-Za-z]{2,}/.test(raw) ||
    /^\(?[A-Z]\)?\.?$/.test(raw)
  )
}

/** Hours, minutes and half of the day. */
export interface ClockTime {
  readonly hours: number
  readonly minutes: number
  readonly half: 'am' | 'pm' | undefined
}

const CLOCK = /^(\d{1,2})(?:\s*:\s*([0-5]\d))?\s*(?:([ap])\.?\s?m\.?)?$/i

/** The time of day an answer is: `9:15 a.m.`, `9\text{ a.m.}`, `1:03 PM`, `12:00`. */
export function clockTime(answer: string): ClockTime | undefined {
  if (!/:|m\b|noon|night/i.test(answer)) return undefined
  const match = CLOCK.exec(
    answer
      .replace(TEXT_COMMAND, ' $1 ')
      .replaceAll('{:}', ':')
      .replace(STYLE, ' ')
      .replace(/\s+/g, ' ')
      .trim()
      .replace(/^(?:12(?::00)? )?(noon|midnight)$/i, (_, name: string) =>
        name.toLowerCase() === 'noon' ? '12:00 pm' : '12:00 am',
      )
      .replace(/ (?:in the|at) (morning|afternoon|evening|night)$/i, (_, part: string) =>
        part.toLowerCase() === 'morning' ? ' am' : ' pm',
      ),
  )
  if (!match || (match[2] === undefined && match[3] === undefined) || Number(match[1]) > 24)
    return undefined
  return {
    hours: Number(match[1]),
    minutes: Number(match[2] ?? 0),
    half: match[3] === undefined ? undefined : match[3].toLowerCase() === 'a' ? 'am' : 'pm',
  }
}
