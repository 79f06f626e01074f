import { negateRational, reduceRational, type Rational } from '../exact/rational.ts'
import type { Node } from '../syntax/node.ts'

/** Digits after the point from which a decimal may stand for a number it only rounds. */
const FEWEST_DECIMALS = 6
/** Digits that it must at least have from the first that is not zero. */
const FEWEST_DIGITS = 5

interface Decimal {
  readonly value: Rational
  readonly places: number
}

/** A decimal literal of at least six places, behind any sign. */
function decimalOf(node: Node): Decimal | undefined {
  if (node.type === 'negative') {
    const of = decimalOf(node.of)
    return of && { ...of, value: negateRational(of.value) }
  }
  return node.type === 'number' && node.decimals !== undefined && node.decimals >= FEWEST_DECIMALS
    ? { value: node.value, places: node.decimals }
    : undefined
}

/**
 * Whether one of two different values is a decimal of at least six places that rounds (or cuts) the
 * other, which no decimal of that length equals: `0.3333333333` for 1/3 and `3.141593` for π, but
 * not `0.33`, and not `540.0000001` for 540.
 */
export function isRounded(
  gold: Node,
  goldValue: Rational,
  given: Node,
  givenValue: Rational,
): boolean {
  const [a, b] = [decimalOf(gold), decimalOf(given)]
  if (a && b) return false
  return b ? rounds(b, goldValue) : a !== undefined && rounds(a, givenValue)
}

/** Within a unit of the last place, and rounded alike at the sixth. */
function rounds({ value: decimal, places }: Decimal, value: Rational): boolean {
  const scale = 10n ** BigInt(places)
  const mantissa = (decimal.n * scale) / decimal.d
  if (
    (mantissa < 0n ? -mantissa : mantissa) < 10n ** BigInt(FEWEST_DIGITS - 1) ||
    terminates(value, scale)
  )
    return false
  const difference = decimal.n * value.d - value.n * decimal.d
  return (
    (difference < 0n ? -difference : difference) * scale <= decimal.d * value.d &&
    roundAt(decimal, FEWEST_DECIMALS) === roundAt(value, FEWEST_DECIMALS)
  )
}

function roundAt({ n, d }: Rational, places: number): bigint {
  const scaled = 2n * n * 10n ** BigInt(places) + (n < 0n ? -d : d)
  return scaled / (2n * d)
}

/** Whether a decimal of so many places equals the value. */
function terminates(value: Rational, scale: bigint): boolean {
  return scale % reduceRational(value).d === 0n
}
