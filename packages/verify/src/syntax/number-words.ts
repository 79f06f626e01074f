import { rational, type Rational } from '../exact/rational.ts'

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
  ['thousand', 1000n],
  ['million', 1_000_000n],
  ['billion', 1_000_000_000n],
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
])

/**
 * The number English words name: `twelve`, `twenty-one`, `one hundred and five`, `two thirds`.
 * Lower case.
 *
 * @returns undefined for anything else
 */
export function numberWords(words: string): Rational | undefined {
  const list = words.split(/[\s-]+/).filter((word) => word !== 'and' && word !== '')
  if (list.length === 0 || list.length > 12) return undefined
  const part = list.length > 1 ? PARTS.get(list[list.length - 1].replace(/s$/, '')) : undefined
  const whole = readInteger(part === undefined ? list : list.slice(0, -1))
  return whole === undefined ? undefined : rational(whole, part ?? 1n)
}

/** Σ over groups of (hundreds and units) · thousand, million … */
function readInteger(words: readonly string[]): bigint | undefined {
  let [total, group, sawNumber] = [0n, 0n, false]
  for (const word of words) {
    const small = SMALL.get(word)
    const large = LARGE.get(word)
    if (small !== undefined) {
      // "twenty one", not "one two"
      if (group % 100n !== 0n && (group % 10n !== 0n || group % 100n < 20n || small >= 10n))
        return undefined
      group += small
    } else if (word === 'hundred' && group < 10n) group = (sawNumber ? group : 1n) * 100n
    else if (large !== undefined) [total, group] = [total + (sawNumber ? group : 1n) * large, 0n]
    else return undefined
    sawNumber = true
  }
  return total + group
}
