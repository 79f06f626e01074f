import { haveSameDimensions, SCALES, unitNamed } from '../syntax/units.ts'
import { numberWords } from '../syntax/number-words.ts'
import { CLAUSES, CONNECTORS, FUNCTIONS, PLAIN_COMMANDS } from '../syntax/words.ts'
import { findMathSpans } from './math-spans.ts'

const LONGEST_BARE = 1500
const HALF_DAYS = new Set(['am', 'pm'])
const KNOWN_WORDS = new Set(['square', 'cubic', 'sq', 'per', 'nan', 'option', 'choice'])
/**
 * A run of letters between spaces and punctuation, not between the digits and braces of a formula.
 */
const PROSE_WORD = /(?<![\w^{}\\+*/=-])[A-Za-z]{2,}(?![\w^{}+*/=-])/g
const SHORT_WORDS = new Set([
  'is',
  'it',
  'we',
  'so',
  'in',
  'of',
  'be',
  'by',
  'at',
  'as',
  'an',
  'if',
  'on',
  'my',
  'no',
  'do',
  'up',
  'us',
  'go',
  'me',
  'he',
  'am',
])
/** "are 2, 3 and 5." at the end of a text. */
const NUMBERS =
  /\b(?:are|is)\s+((?:-?\d+(?:[./]\d+)?(?:,?\s+(?:and|or)\s+|,\s+))+-?\d+(?:[./]\d+)?)[.\s*]*$/
const MONTH =
  '(?:Jan(?:uary)?|Feb(?:ruary)?|Mar(?:ch)?|Apr(?:il)?|May|June?|July?|Aug(?:ust)?|Sept?(?:ember)?|Oct(?:ober)?|Nov(?:ember)?|Dec(?:ember)?)'
const DATE = String.raw`\b${MONTH}\.? \d{1,2}(?:st|nd|rd|th)?(?:, \d{4})?\b|\b\d{1,2}(?:st|nd|rd|th)?(?: of)? ${MONTH}\b(?: \d{4}\b)?`
const TUPLE = String.raw`(?<![A-Za-z\d])[([]\s*[-−]?\d+(?:[./]\d+)?(?:\s*,\s*[-−]?\d+(?:[./]\d+)?)+\s*[)\]]`
const CLOCK = String.raw`(?<![\d.:])\d{1,2}:[0-5]\d(?![\d:])(?:\s*[apAP]\.?[mM]\b\.?| in the (?:morning|afternoon|evening))?`
/**
 * Words before a number that make another one of it, or none: "not 10", "less than 10", "the square
 * root of 10", 不是42.
 */
const CHANGED =
  /(?:\b(?:not|never|neither|cannot be|at (?:most|least)|up to|no (?:more|less|fewer) than|(?:less|more|fewer|greater|smaller|larger|bigger|lower|higher|other|rather) than|(?:below|above|under|exceeds?|roots? of|squares? of|cubes? of|opposite of|negative of|negation of|inverse of|reciprocal of|half of|thirds? of|quarters? of|multiples? of|factors? of|powers? of|logarithm of|factorial of|remainder of|half|twice|double|triple|thrice|one over|\d+(?:\s*(?:%|per ?cent))? of|\d+ (?:times|plus|minus|over|divided by|to the power of|mod(?:ulo)?|choose)|ln|log|sqrt)|between [^.;\n]{1,40} and|mod(?:ulo)?)\s+(?:the\s+)?(?:number\s+)?|n't\s+(?:be\s+)?|(?:^|\s)[≠≉<>]\s*|(?:不是|不等于|不為|不为|并非|非|小于|大于|少于|多于|超过|不到|不足|除以|乘以|加上|减去|约为?不)\s*)(?:\$|€|£|[A-Z]{3}\s+|Rs\.?\s*)?$/i
/** What a sentence says of another number behind its own: "(not 13)", ", which is less than 20". */
const CONTRAST =
  /\s\(not [^()]{1,60}\)|,\s+(?:which|and that|and this) is (?:less|more|greater|smaller|larger|fewer) than [^.,;\n]{1,60}(?=[.\s]*$)/gi
/** "7 or ", "7, maybe " before the number of another answer. */
const ALTERNATIVE =
  /[-−]?[\d.,/]*\d(?:\s+[a-z]+)?,?\s+(?:or|或)\s+(?:(?:maybe|perhaps|possibly|even|else|just)\s+)?$|\d(?:或者?|或是)$/i
const FRACTION = String.raw`(?<![A-Za-z\d.,\\/])[-−+]?\\[dt]?frac\s*\{\d+\}\s*\{\d+\}`
/** "minus 7", but not the "minus 4" of "10 minus 4". */
const SIGN = String.raw`(?:(?<!\d\s?)\b(?:minus|negative)\s+|[负負]|[-−+]?\s?)(?:\\?\$|€|£|₹|₩|¥)?\s?-?`
const DIGITS = String.raw`(?:\d{1,3}(?:'\d{3})+(?!\d)|\d{1,3}(?: \d{3}){2,}(?! ?\d)|\d{1,3}(?:[\u00a0\u2009\u202f]\d{3})+(?!\d)|\d+\.\d*\(\d+\)(?!\d)|\d{1,3}(?:\.\d{3}){2,}(?![\d.]\d?)|\d{1,3}(?:(?:,|\{,\}|,\\!\s*)\d{3})+(?!\d)|\d+(?:,\d{2}(?=,\d))*(?:,\d{1,3}(?![\d,]))?)(?:\.\d+)?|\.\d+`
/** What makes another number of the one before it: `10 dozen`, `30 degrees`, `5 squared`. */
const BEHIND_DIGITS = String.raw`(?:\s*(?:\\?%|°|€|[万萬亿億]|(?:per ?cent|degrees?|radians?|dozens?|hundred|thousand|million|billion|trillion|lakh|crore|squared|cubed|factorial|halves|thirds|quarters|fifths|tenths|hundredths|thousandths|below zero)(?![A-Za-z])|\(?(?:in )?base[ -](?:\d{1,2}|two|three|four|five|six|seven|eight|nine)\)?(?![A-Za-z])))*`
const NUMERAL = String.raw`(?<![A-Za-z\d.,\\/])${SIGN}(?:${DIGITS})(?:[eE][+-]?\d{1,4})?(?:\s*\/\s*\d+)?${BEHIND_DIGITS}`
const SET = String.raw`(?<![A-Za-z\d_^}])\\?\{\s*[-−]?\d+(?:[./]\d+)?(?:\s*,\s*[-−]?\d+(?:[./]\d+)?)+\s*\\?\}`
/**
 * A date, a tuple, a time or a number as it stands in prose, with its sign, currency, fraction,
 * power or percent sign; not one glued to letters.
 */
const NUMBER = new RegExp(`${DATE}|${TUPLE}|${SET}|${CLOCK}|${FRACTION}|${NUMERAL}`, 'g')
const NUMBER_AT_START = new RegExp(`^(?:${NUMBER.source})`)
/** `2 hours and 40` before the minutes. */
const LARGER_PART = /(\d+(?:\.\d+)?)\s*([A-Za-z]+),?\s+(?:and\s+)?$/
const UNIT_BEHIND = /^\s*([A-Za-z]+)/

/** Whether a text is only "and", "or", commas and the like. */
export function isConnector(text: string): boolean {
  return /^(?:[\s,;&，；、]|\band\b|\bor\b|或者?|和|与|與|以及|及|\\text\{ ?(?:and|or) ?\})*$/i.test(
    text,
  )
}

/** The last number written in prose; all those of a list that ends the text. */
export function lastNumber(written: string): string | undefined {
  const text = written.replace(CONTRAST, '')
  const list = NUMBERS.exec(text)?.[1]
  if (list !== undefined) return list
  const last = Array.from(text.matchAll(NUMBER))
    .filter((match) => !isAsked(text, match))
    .at(-1)
  if (!last) return undefined
  const number = last[0].trimStart()
  const end = last.index + last[0].length
  const said = compoundQuantity(text, last) ?? number.trimEnd()
  // the smaller unit ends behind its number
  const start = said === number.trimEnd() ? end - number.length : text.lastIndexOf(said, end)
  return wholePhrase(text, start, said) ?? said
}

/** A number of a question is no answer: "Is it 10?". */
function isAsked(text: string, match: RegExpExecArray): boolean {
  const end = match.index + match[0].length
  return (
    /\?/.test(text.slice(end, end + 100)) &&
    /^[^.!?\n]*\?/.test(text.slice(end, end + 100)) &&
    /(?:^|[.!?\n]\s*)(?:so\s+)?(?:is|are|could|can|would|does|do|might|should|maybe|what|perhaps)\b[^.!?\n]*$/i.test(
      text.slice(Math.max(0, match.index - 200), match.index),
    )
  )
}

/**
 * A number with the words before it that change it, "not 10", or with the other answer that it is
 * an alternative to, "7 or 8": neither is the number alone.
 */
function wholePhrase(text: string, start: number, number: string): string | undefined {
  const before = text.slice(Math.max(0, start - 100), start)
  const found = CHANGED.exec(before) ?? ALTERNATIVE.exec(before)
  return found ? `${found[0].trimStart()}${number}` : undefined
}

/** Whether words right before a place in a text change what stands there: "the square root of". */
export function isChanged(before: string): boolean {
  return CHANGED.test(before.slice(-100))
}

/** The length of a number that a text starts with; 0 where none does. */
export function numberAtStart(text: string): number {
  return NUMBER_AT_START.exec(text.slice(0, 200))?.[0].length ?? 0
}

/** `2 hours and 40 minutes` about its last number. */
function compoundQuantity(text: string, last: RegExpExecArray): string | undefined {
  const end = last.index + last[0].length
  const before = LARGER_PART.exec(
    text.slice(
      Math.max(0, last.index - 60),
      last.index + (/^\s*/.exec(last[0]) as RegExpExecArray)[0].length,
    ),
  )
  const unit = UNIT_BEHIND.exec(text.slice(end, end + 30))
  const [larger, smaller] = [before && unitNamed(before[2]), unit && unitNamed(unit[1])]
  if (!before || !unit || !larger || !smaller || !haveSameDimensions(larger, smaller))
    return undefined
  return `${before[0]}${last[0].trim()} ${unit[1]}`
}

/**
 * Whether a text is an answer and nothing else: a formula with units, or words without a formula.
 * Sentences around a formula make it a response.
 */
export function isBareAnswer(text: string): boolean {
  if (text.length > LONGEST_BARE) return false
  const { spans } = findMathSpans(text)
  if (spans.length === 0) return isBareText(text)
  let outside = ''
  let end = 0
  for (const span of spans) {
    outside += `${text.slice(end, span.start)} `
    end = span.end
  }
  outside += text.slice(end)
  const first = proseWords(outside)[0]
  return (
    first === undefined ||
    (spans[0].start === 0 &&
      /^[\s,]*$/.test(text.slice(spans[0].end, text.indexOf(first, spans[0].end))) &&
      CLAUSES.has(first))
  )
}

function isBareText(text: string): boolean {
  if (isChineseQuantity(text)) return true
  // a sentence in Chinese before its number
  if (/\p{Script=Han}{2}[^\p{Script=Han}]*\d/u.test(text)) return false
  const words = proseWords(text)
  if (words.length === 0) return true
  if (/\n\s*\n/.test(text.trim())) return false
  const formula = /[\d=^<>]|\\(?!text|mbox|mathrm|textbf|\s)/.test(text)
  return !formula || (words.length === 1 && /^\s*[A-Za-z]+\s*=/.test(text))
}

/** `5小时39分钟` */
function isChineseQuantity(text: string): boolean {
  const runs = text.match(/\p{Script=Han}+/gu) ?? []
  return (
    runs.length > 0 &&
    /^\s*[-−]?\d[\d.\s\p{Script=Han}]*$/u.test(text) &&
    runs.every((run) => unitNamed(run) !== undefined)
  )
}

/** Plain words that are no unit, function or connector. */
function proseWords(text: string): string[] {
  const plain = text
    .replace(/\\(?:text\w*|mbox|mathrm|operatorname|hbox|begin|end)\s*\{[^{}]*\}/g, ' ')
    .replace(/\\[A-Za-z]+/g, ' ')
    .replace(/\b(?:np|math)\./g, ' ')
  return (plain.match(PROSE_WORD) ?? []).filter((word) => !isMathWord(word))
}

function isMathWord(word: string): boolean {
  const lower = word.toLowerCase()
  if (word.length === 2) return !SHORT_WORDS.has(lower) || HALF_DAYS.has(lower)
  return (
    CONNECTORS.has(lower) ||
    FUNCTIONS.has(word) ||
    PLAIN_COMMANDS.has(word) ||
    unitNamed(word) !== undefined ||
    SCALES.has(lower) ||
    KNOWN_WORDS.has(lower) ||
    numberWords(lower) !== undefined ||
    /^[A-Z]{2,4}$|^[^aeiouyAEIOUY]{3}$|sin|cos|tan|sqrt|log/.test(word)
  )
}
