import { addRational, rational, type Rational } from '../exact/rational.ts'

const ONES = [
  'zero',
  'one',
  'two',
  'three',
  'four',
  'five',
  'six',
  'seven',
  'eight',
  'nine',
  'ten',
  'eleven',
  'twelve',
  'thirteen',
  'fourteen',
  'fifteen',
  'sixteen',
  'seventeen',
  'eighteen',
  'nineteen',
]
const TENS = ['twenty', 'thirty', 'forty', 'fifty', 'sixty', 'seventy', 'eighty', 'ninety']
const SMALL = new Map<string, bigint>([
  ...ONES.map((word, i): [string, bigint] => [word, BigInt(i)]),
  ...TENS.map((word, i): [string, bigint] => [word, BigInt(10 * i + 20)]),
])
const LARGE = new Map<string, bigint>([
  ['dozen', 12n],
  ['thousand', 1000n],
  ['million', 1_000_000n],
  ['billion', 1_000_000_000n],
  ['trillion', 1_000_000_000_000n],
])
const PARTS = new Map<string, bigint>([
  ['half', 2n],
  ['halve', 2n],
  ['third', 3n],
  ['quarter', 4n],
  ['fourth', 4n],
  ['fifth', 5n],
  ['sixth', 6n],
  ['seventh', 7n],
  ['eighth', 8n],
  ['ninth', 9n],
  ['tenth', 10n],
  ['hundredth', 100n],
  ['thousandth', 1000n],
])

/** Whether a word, in lower case, is part of a number's name. */
export function isNumberWord(word: string): boolean {
  return (
    SMALL.has(word) || LARGE.has(word) || word === 'hundred' || PARTS.has(word.replace(/s$/, ''))
  )
}

/**
 * The number English words name: `twelve`, `twenty-one`, `one hundred and five`, `two thirds`, `two
 * and a half`, `half a dozen`. Lower case. A whole part may be in digits: `2 and a half`.
 *
 * @returns undefined for anything else, so for a list such as `two and three`
 */
export function numberWords(words: string): Rational | undefined {
  // a comma stands inside a number only behind these; elsewhere it makes a list
  const joined = words.replace(/(thousand|million|billion|trillion),(?=\s)/g, '$1')
  if (joined.includes(',')) return undefined
  const list = joined.split(/[\s-]+/).filter((word) => word !== '')
  if (list.length === 0 || list.length > 20) return undefined
  const whole = readInteger(list)
  if (whole !== undefined) return rational(whole)
  const fraction = readFraction(list)
  if (fraction) return fraction
  const and = list.lastIndexOf('and')
  const [before, behind] = [readInteger(list.slice(0, and)), readFraction(list.slice(and + 1))]
  return and > 0 && before !== undefined && behind && behind.n < behind.d
    ? addRational(rational(before), behind)
    : undefined
}

/** `half`, `a quarter`, `two thirds`, `half a million`. */
function readFraction(list: readonly string[]): Rational | undefined {
  const part = PARTS.get(list[list.length - 1]?.replace(/s$/, '') ?? '')
  if (part !== undefined) {
    if (list.length === 1) return part === 2n ? rational(1n, part) : undefined
    const count = list.length === 2 && list[0] === 'a' ? 1n : readInteger(list.slice(0, -1))
    return count === undefined ? undefined : rational(count, part)
  }
  const large = list.length === 3 && list[0] === 'half' && list[1] === 'a' && LARGE.get(list[2])
  return large ? rational(large / 2n) : undefined
}

/** Σ over groups of (hundreds and units) · thousand, million … */
function readInteger(list: readonly string[]): bigint | undefined {
  let [total, group, sawNumber, lastLarge] = [0n, 0n, false, 0n]
  for (const [i, word] of list.entries()) {
    const small = /^\d{1,30}$/.test(word) ? (i === 0 ? BigInt(word) : undefined) : SMALL.get(word)
    const large = LARGE.get(word)
    const before = list[i - 1] ?? ''
    if (word === 'and') {
      if (before !== 'hundred' && !LARGE.has(before)) return undefined
      if (!SMALL.has(list[i + 1] ?? '')) return undefined
      continue
    }
    if (word === 'a' || word === 'an') {
      if (i > 0 || !(LARGE.has(list[1] ?? '') || list[1] === 'hundred')) return undefined
      continue
    }
    if (small !== undefined) {
      // "twenty one", not "one two"
      if (group % 100n !== 0n && (group % 10n !== 0n || group % 100n < 20n || small >= 10n))
        return undefined
      if (sawNumber && (small === 0n || before === 'zero' || before === 'dozen')) return undefined
      group += small
    } else if (word === 'hundred' && group < 100n && before !== 'hundred')
      group = (sawNumber ? group : 1n) * 100n
    else if (large !== undefined && (lastLarge === 0n || large < lastLarge))
      [total, group, lastLarge] = [total + (sawNumber ? group : 1n) * large, 0n, large]
    else return undefined
    sawNumber = true
  }
  return sawNumber ? total + group : undefined
}
