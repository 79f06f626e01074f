import { addRational, multiplyRational, rational, type Rational } from '../exact/rational.ts'

const DIGITS: ReadonlyMap<string, bigint> = new Map(
  [...'零一二三四五六七八九'].map((sign, i): [string, bigint] => [sign, BigInt(i)]),
)
const PLACES: ReadonlyMap<string, bigint> = new Map([
  ['十', 10n],
  ['百', 100n],
  ['千', 1000n],
])
const GROUPS: ReadonlyMap<string, bigint> = new Map([
  ['万', 10_000n],
  ['亿', 100_000_000n],
])
const VARIANTS: ReadonlyMap<string, string> = new Map([
  ['〇', '零'],
  ['两', '二'],
  ['兩', '二'],
  ['萬', '万'],
  ['億', '亿'],
  ['點', '点'],
  ['負', '负'],
])
const MOST_SIGNS = 30
/** A numeral at the start of a run of Chinese characters. */
const NUMERAL = /^[负負]?[零〇一二三四五六七八九十百千万亿两兩萬億点點分之]+/
/**
 * What may follow a numeral: nothing, a measure word, a unit. 三角形 is a triangle, not three of
 * something.
 */
const BEHIND =
  /^(?:$|角$|[个個只隻条條本元块塊分人名位种種次天年月日周週岁歲米克斤吨升度倍件张張支枝颗顆棵辆輛台把双雙对對组組页頁句字题題步间間套箱袋瓶杯朵头頭匹场場层層排列行圈厘毫千公平立小秒]\p{Script=Han}{0,3}$|或|和|与|與|及|且|、)/u

/**
 * The number a run of Chinese characters begins with, `四十二`, `三万`, `四分之三`, `百分之五十`, `负二`, and
 * the characters it takes. Undefined where none stands there, or a word that only begins like one.
 */
export function chineseNumber(run: string): { value: Rational; length: number } | undefined {
  const numeral = NUMERAL.exec(run)?.[0]
  if (numeral === undefined || numeral.length > MOST_SIGNS) return undefined
  if (!BEHIND.test(run.slice(numeral.length))) return undefined
  const plain = Array.from(numeral, (sign) => VARIANTS.get(sign) ?? sign).join('')
  const value = signed(plain)
  return value && { value, length: numeral.length }
}

function signed(numeral: string): Rational | undefined {
  if (!numeral.startsWith('负')) return fraction(numeral)
  const value = fraction(numeral.slice(1))
  return value && rational(-value.n, value.d)
}

/** `四分之三` is 3/4, `百分之五十` 50/100. */
function fraction(numeral: string): Rational | undefined {
  const parts = numeral.split('分之')
  if (parts.length === 1) return decimal(numeral)
  const [under, over] = [parts[0] === '百' ? 100n : integer(parts[0]), decimal(parts[1])]
  return parts.length === 2 && under && over
    ? multiplyRational(over, rational(1n, under))
    : undefined
}

/** `三点一四` */
function decimal(numeral: string): Rational | undefined {
  const [whole, places, more] = numeral.split('点')
  const value = integer(whole)
  if (value === undefined || more !== undefined) return undefined
  if (places === undefined) return rational(value)
  const digits = Array.from(places, (sign) => DIGITS.get(sign))
  if (digits.length === 0 || digits.includes(undefined)) return undefined
  return addRational(
    rational(value),
    rational(BigInt(digits.join('')), 10n ** BigInt(digits.length)),
  )
}

/** Σ over groups of four digits · 万, 亿; 十 alone is ten, 二〇二四 is read digit by digit. */
function integer(numeral: string): bigint | undefined {
  if (numeral === '') return undefined
  const signs = [...numeral]
  if (signs.length > 1 && signs.every((sign) => DIGITS.has(sign)))
    return BigInt(signs.map((sign) => DIGITS.get(sign)).join(''))
  let [total, group, digit] = [0n, 0n, undefined as bigint | undefined]
  let place = 10_000n
  for (const sign of signs) {
    const [one, ten, large] = [DIGITS.get(sign), PLACES.get(sign), GROUPS.get(sign)]
    if (one !== undefined) {
      if (digit !== undefined && digit !== 0n) return undefined
      digit = one
    } else if (ten !== undefined) {
      if (ten >= place || digit === 0n) return undefined
      group += (digit ?? 1n) * ten
      ;[digit, place] = [undefined, ten]
    } else if (large !== undefined) {
      const count = group + (digit ?? 0n)
      if (count === 0n) return undefined
      total = large === 100_000_000n ? (total + count) * large : total + count * large
      ;[group, digit, place] = [0n, undefined, 10_000n]
    } else return undefined
  }
  return total + group + (digit ?? 0n)
}
