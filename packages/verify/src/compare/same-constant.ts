import type { Budget } from '../budget.ts'
import { rational } from '../exact/rational.ts'
import { separationBits } from '../exact/separation-bound.ts'
import { complexArithmetic, type Complex } from '../numeric/complex.ts'
import { evaluate } from '../numeric/evaluate.ts'
import { fixedPoint } from '../numeric/fixed-point.ts'
import type { Node } from '../syntax/node.ts'
import { compareAt, magnitude, type Evaluated } from './compare-at.ts'
import type { Equality } from './equality.ts'
import { isRounded } from './is-rounded.ts'

const FIRST_BITS = 320
const LAST_BITS = 5120
/** Algebraic numbers whose separation bound asks for more are taken as equal without the proof. */
const MOST_BITS = 6000

const NOWHERE: ReadonlyMap<string, Complex> = new Map()

/**
 * Whether two expressions without symbols are the same number. They differ if what 320 bits leave
 * after cancellation does; if that agrees, an algebraic number is computed as far as its separation
 * bound asks, which proves the equality, and any other one is taken as equal.
 */
export function sameConstant(
  gold: Node,
  given: Node,
  logBase: 'e' | 'ten',
  budget: Budget,
): Equality {
  const at = (bits: number): Evaluated => {
    const point = {
      complex: complexArithmetic(fixedPoint(bits)),
      values: NOWHERE,
      logBase,
      budget,
      peak: { value: 0n },
    }
    const values = { gold: evaluate(gold, point), given: evaluate(given, point) }
    return { ...values, peak: point.peak.value }
  }
  const first = compareAt(at, FIRST_BITS, LAST_BITS)
  if (first === 'different')
    return budget.conventions.roundedDecimals && isRoundedConstant(gold, given, at(FIRST_BITS))
      ? 'numeric'
      : 'different'
  const bound = separationBits({ type: 'sum', of: [gold, { type: 'negative', of: given }] })
  if (bound === undefined || bound > MOST_BITS) return first === 'same' ? 'numeric' : 'undecided'
  const bits = Math.max(FIRST_BITS, 2 * bound + 64)
  const values = at(bits)
  const difference =
    magnitude(values.gold.re - values.given.re) + magnitude(values.gold.im - values.given.im)
  return difference >> BigInt(bits - bound) === 0n ? 'exact' : 'different'
}

/** A long decimal for an irrational number. */
function isRoundedConstant(gold: Node, given: Node, values: Evaluated): boolean {
  if (values.gold.im !== 0n || values.given.im !== 0n) return false
  const scale = 1n << BigInt(FIRST_BITS)
  return isRounded(gold, rational(values.gold.re, scale), given, rational(values.given.re, scale))
}
