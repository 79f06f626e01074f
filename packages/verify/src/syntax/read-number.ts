import { rational, type Rational } from '../exact/rational.ts'
import { Undecidable } from '../undecidable.ts'
import type { NumberLiteral } from './token.ts'

const DIGITS = /\d+/y
/** `1,234,567`, but not the `7,103` of `1,7,103,105`. */
const COMMA_GROUPS = /\d{1,3}(?:,\d{3})+(?!\d|,\d)/y
/** `1 000 000`, but not the mixed number `3 283/999`. */
const SPACE_GROUPS = /\d{1,3}(?: \d{3})+(?! ?\d|\s*\/)/y
/** `{,}`, `,\!` and `\,` between digits only ever group. */
const TEX_GROUPS =
  /\d+(?:(?:\{\s*,\s*(?:\\[!,;: ]\s*)?\}|,\s*\\!\s*|\\!,\s*|\\[,;: ]\s*(?:\{\})?|~|_|\\text\{\s*,?\s*(?:\\[,;: ])?\}|\\mathord\{,\}|\\thinspace\s*)\d{3})+(?!\d)/y
/** `1'234'567` and `1.234.567`: with one point it would be a decimal. */
const MARK_GROUPS = /\d{1,3}(?:'\d{3})+(?![\d'])|\d{1,3}(?:\.\d{3}){2,}(?![\d.])/y
/** `12,34,567`, as India groups. */
const INDIAN_GROUPS = /\d{1,2}(?:,\d{2})+,\d{3}(?!\d|,\d)/y
/** The decimal comma of `3{,}5`. */
const COMMA_FRACTION = /\{,\}\d+/y
/** Decimals, grouped by threes too: `0.123\,456`. */
const FRACTION = /\.\d{3}(?:(?:\\[,;: ]|~| )\d{3})+(?!\d)|\.\d+|\.(?=\s*[/*+^-])/y
const REPEATING = /\.(\d*)\s*\\(?:overline|bar|dot|overbar|widebar)\s*(?:\{(\d+)\}|(\d))/y
/** `0.\dot{1}2\dot{3}`: dots on the first and the last digit of the block. */
const DOTTED = /\.(\d*)\s*\\dot\s*\{?(\d)\}?(\d*)\\dot\s*\{?(\d)\}?/y
/** `1.1(6)`, `0,(3)` */
const BRACKETED = /\.(\d*)\((\d+)\)(?!\s*[\d^(A-Za-z\\])|(?<=^0),()\((\d+)\)$/y
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
  const simple = readSimple(source, position)
  if (simple) return simple
  const afterComma = /\d,$/.test(source.slice(Math.max(0, position - 2), position))
  const grouped =
    matchAt(TEX_GROUPS, source, position) ??
    matchAt(MARK_GROUPS, source, position) ??
    (inBrackets || afterComma
      ? undefined
      : (matchAt(COMMA_GROUPS, source, position) ??
        matchAt(INDIAN_GROUPS, source, position) ??
        matchAt(SPACE_GROUPS, source, position)))
  const whole = grouped ?? matchAt(DIGITS, source, position) ?? ''
  let end = position + whole.length
  const digits = whole.replace(/[^\d]/g, '')
  const repeating = readRepeating(source, end, digits)
  if (repeating) return repeating
  const comma = matchAt(COMMA_FRACTION, source, end)
  const fraction = comma ?? matchAt(FRACTION, source, end) ?? ''
  if (whole === '' && fraction.length < 2) return undefined
  end += fraction.length
  if (end - position > MOST_DIGITS) throw new Undecidable('number too long')
  const behindPoint = fraction.replace(/[^\d]/g, '')
  const decimals = behindPoint.length
  const written = BigInt(digits + behindPoint)
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
      digits: decimals > 0 ? `${digits}.${behindPoint}` : digits,
      ...(decimals > 0 ? { decimals } : {}),
    },
    end,
  }
}

/** Digits, with a point or without, that nothing behind them can go on. */
const SIMPLE = /(\d{1,50})(?:\.(\d{1,50}))?(?=[)\]}+*/=<>&;:a-df-zA-DF-OQ-Z^-]|, |$)(?!, *\\!)/y

function readSimple(
  source: string,
  position: number,
): { literal: NumberLiteral; end: number } | undefined {
  SIMPLE.lastIndex = position
  const match = SIMPLE.exec(source)
  if (!match) return undefined
  const [whole, digits, behind] = match
  const end = position + whole.length
  return behind === undefined
    ? { literal: { value: { n: BigInt(digits), d: 1n }, digits }, end }
    : {
        literal: {
          value: rational(BigInt(digits + behind), 10n ** BigInt(behind.length)),
          digits: whole,
          decimals: behind.length,
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
  const match = [DOTTED, REPEATING, BRACKETED, TRAILING_DOTS]
    .map((pattern) => execAt(pattern, source, position))
    .find((found) => found !== undefined)
  if (!match) return undefined
  const [whole, fixedDigits = '', ...blocks] = match.found
  const parts =
    match.pattern === TRAILING_DOTS
      ? splitPeriod(fixedDigits)
      : { fixed: fixedDigits, block: blocks.map((part) => part ?? '').join('') }
  if (!parts) return undefined
  const { fixed, block } = parts
  if (fixed.length + block.length > 200) throw new Undecidable('number too long')
  const under = 10n ** BigInt(fixed.length) * (10n ** BigInt(block.length) - 1n)
  const over = BigInt(digits + fixed + block) - BigInt(digits + fixed || '0')
  return {
    literal: { value: rational(over, under), digits },
    end: position + whole.length,
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

function execAt(
  pattern: RegExp,
  source: string,
  position: number,
): { pattern: RegExp; found: RegExpExecArray } | undefined {
  pattern.lastIndex = position
  const found = pattern.exec(source)
  return found ? { pattern, found } : undefined
}

function matchAt(pattern: RegExp, source: string, position: number): string | undefined {
  pattern.lastIndex = position
  return pattern.exec(source)?.[0]
}
