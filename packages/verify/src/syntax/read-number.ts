import { rational, type Rational } from '../exact/rational.ts'
import { Undecidable } from '../undecidable.ts'
import type { NumberLiteral } from './token.ts'

const DIGITS = /\d+/y
/** `1,234,567`, but not the `7,103` of `1,7,103,105`. */
const COMMA_GROUPS = /\d{1,3}(?:,\d{3})+(?!\d|,\d)/y
/** `1 000 000`, but not the mixed number `3 283/999`. */
const SPACE_GROUPS = /\d{1,3}(?: \d{3})+(?! ?\d|\s*\/)/y
/** `{,}`, `,\!` and `\,` between digits only ever group. */
const TEX_GROUPS = /\d+(?:(?:\{,\}|,\s*\\!\s*|\\!,\s*|\\,)\d{3})+(?!\d)/y
const FRACTION = /\.\d+|\.(?=\s*[/*+^-])/y
const REPEATING = /\.(\d*)\s*\\(?:overline|bar|dot)\s*(?:\{(\d+)\}|(\d))/y
const TRAILING_DOTS = /\.(\d{2,60})(?:\.\.\.|\s*\\[lc]?dots(?![A-Za-z]))/y
const EXPONENT = /[eE]([+-]?\d{1,5})(?![\d^A-Za-z]|\.\d)/y

/** Longer literals are not read. */
const MOST_DIGITS = 1000

/**
 * The number literal at `position`, and where it ends: digits with thousands separators, decimals,
 * `0.\overline{27}`, `0.333...` and `1.07e16`. Undefined where none stands there.
 *
 * @param inBrackets a comma separates there, even before three digits: `(3,331)` is a pair
 */
export function readNumber(
  source: string,
  position: number,
  inBrackets: boolean,
): { literal: NumberLiteral; end: number } | undefined {
  const afterComma = /\d,$/.test(source.slice(Math.max(0, position - 2), position))
  const grouped =
    matchAt(TEX_GROUPS, source, position) ??
    (inBrackets || afterComma
      ? undefined
      : (matchAt(COMMA_GROUPS, source, position) ?? matchAt(SPACE_GROUPS, source, position)))
  const whole = grouped ?? matchAt(DIGITS, source, position) ?? ''
  let end = position + whole.length
  const digits = whole.replace(/[^\d]/g, '')
  const repeating = readRepeating(source, end, digits)
  if (repeating) return repeating
  const fraction = matchAt(FRACTION, source, end) ?? ''
  if (whole === '' && fraction.length < 2) return undefined
  end += fraction.length
  if (end - position > MOST_DIGITS) throw new Undecidable('number too long')
  const decimals = Math.max(0, fraction.length - 1)
  const written = BigInt(digits + fraction.slice(1))
  const exponent = matchAt(EXPONENT, source, end)
  if (exponent !== undefined)
    return {
      literal: { value: scaleByTen(written, Number(exponent.slice(1)) - decimals), digits },
      end: end + exponent.length,
    }
  const value = rational(written, 10n ** BigInt(decimals))
  return {
    literal: {
      value,
      digits: decimals > 0 ? digits + fraction : digits,
      ...(decimals > 0 ? { decimals } : {}),
    },
    end,
  }
}

/** 0.ab\overline{cd} = (abcd − ab) / (10^|ab| (10^|cd| − 1)) */
function readRepeating(
  source: string,
  position: number,
  digits: string,
): { literal: NumberLiteral; end: number } | undefined {
  REPEATING.lastIndex = position
  const overlined = REPEATING.exec(source)
  TRAILING_DOTS.lastIndex = position
  const dotted = overlined ? null : TRAILING_DOTS.exec(source)
  if (!overlined && !dotted) return undefined
  const parts = overlined
    ? { fixed: overlined[1], block: overlined[2] ?? overlined[3] }
    : splitPeriod((dotted as RegExpExecArray)[1])
  if (!parts) return undefined
  const { fixed, block } = parts
  if (fixed.length + block.length > 200) throw new Undecidable('number too long')
  const under = 10n ** BigInt(fixed.length) * (10n ** BigInt(block.length) - 1n)
  const over = BigInt(digits + fixed + block) - BigInt(digits + fixed || '0')
  return {
    literal: { value: rational(over, under), digits },
    end: overlined ? REPEATING.lastIndex : TRAILING_DOTS.lastIndex,
  }
}

/**
 * `1666` as 1 and 6: the shortest prefix and block that, repeated at least twice, write the digits.
 */
function splitPeriod(digits: string): { fixed: string; block: string } | undefined {
  for (let length = 1; length < digits.length; length++) {
    for (let block = 1; block <= length; block++) {
      const fixed = length - block
      if (digits.length - fixed < 2 * block) continue
      const repeated = digits.slice(fixed, length).repeat(Math.ceil(digits.length / block))
      if (digits.slice(fixed) === repeated.slice(0, digits.length - fixed))
        return { fixed: digits.slice(0, fixed), block: digits.slice(fixed, length) }
    }
  }
  return undefined
}

/** n · 10^exponent */
function scaleByTen(n: bigint, exponent: number): Rational {
  if (Math.abs(exponent) > 4000) throw new Undecidable('exponent too large')
  const power = 10n ** BigInt(Math.abs(exponent))
  return exponent < 0 ? rational(n, power) : rational(n * power)
}

function matchAt(pattern: RegExp, source: string, position: number): string | undefined {
  pattern.lastIndex = position
  return pattern.exec(source)?.[0]
}
