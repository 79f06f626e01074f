import { reduceRational, type Rational } from '../exact/rational.ts'
import type { Node } from '../syntax/node.ts'

/** Digits after the point from which a decimal may stand for a number it only rounds. */
const FEWEST_DECIMALS = 6

/**
 * Whether one side is a decimal of at least six places that rounds (or cuts) the other side's value, which no decimal of that
 * length equals: `0.3333333333` for 1/3, but not `0.33`, and not `540.0000001` for 540.
 */
export function isRounded(gold: Node, goldValue: Rational, given: Node, givenValue: Rational): boolean {
  const [goldPlaces, givenPlaces] = [decimalPlaces(gold), decimalPlaces(given)]
  if (goldPlaces !== undefined && givenPlaces !== undefined) return false
  if (givenPlaces !== undefined) return rounds(givenValue, givenPlaces, goldValue)
  return goldPlaces !== undefined && rounds(goldValue, goldPlaces, givenValue)
}

/** Places of a decimal literal, behind any sign. */
export function decimalPlaces(node: Node): number | undefined {
  return node.type === 'negative' ? decimalPlaces(node.of) : node.type === 'number' ? node.decimals : undefined
}

function rounds(decimal: Rational, places: number, value: Rational): boolean {
  if (places < FEWEST_DECIMALS || terminates(value, places)) return false
  return isWithin(decimal, places, value)
}

/** Within a unit of the last place, and of the sixth place rounded alike; and of at least five digits that say something. */
export function isWithin(decimal: Rational, places: number, value: Rational): boolean {
  const scale = 10n ** BigInt(places)
  const mantissa = (decimal.n * scale) / decimal.d
  if ((mantissa < 0n ? -mantissa : mantissa) < 10_000n) return false
  const difference = decimal.n * value.d - value.n * decimal.d
  return (difference < 0n ? -difference : difference) * scale <= decimal.d * value.d && roundAt(decimal, FEWEST_DECIMALS) === roundAt(value, FEWEST_DECIMALS)
}

function roundAt({ n, d }: Rational, places: number): bigint {
  const scaled = 2n * n * 10n ** BigInt(places) + (n < 0n ? -d : d)
  return scaled / (2n * d)
}

/** Whether a decimal of so many places equals the value. */
function terminates(value: Rational, places: number): boolean {
  const { d } = reduceRational(value)
  return 10n ** BigInt(places) % d === 0n
}
