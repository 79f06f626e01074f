import type { Budget } from '../budget.ts'
import { complexArithmetic } from '../numeric/complex.ts'
import { fixedPoint } from '../numeric/fixed-point.ts'
import type { Node, RelationNode, RelationSign } from '../syntax/node.ts'
import { magnitude } from './compare-at.ts'
import { allEqual, anyEqual, lazily, type Equality } from './equality.ts'
import { SAMPLE_BITS, samples } from './same-function.ts'
import { sameValue, undecidedOn } from './same-value.ts'

const FLIPPED: ReadonlyMap<RelationSign, RelationSign> = new Map([
  ['<', '>'],
  ['<=', '>='],
  ['>', '<'],
  ['>=', '<='],
])
const ENOUGH = 5

/**
 * Whether two relations say the same: side by side, in either direction; or, of one sign each,
 * their differences left − right are proportional, by a positive factor for inequalities.
 */
export function sameRelation(gold: RelationNode, given: RelationNode, budget: Budget): Equality {
  return anyEqual([
    sideBySide(gold, given, budget),
    sideBySide(gold, flip(given), budget),
    ...(gold.signs.length === 1 && given.signs.length === 1
      ? [proportional(gold, given, budget)]
      : []),
  ])
}

function sideBySide(gold: RelationNode, given: RelationNode, budget: Budget): Equality {
  if (gold.signs.join(' ') !== given.signs.join(' ')) return 'different'
  return allEqual(
    lazily(
      gold.sides.map((side, i) => () => undecidedOn(() => sameValue(side, given.sides[i], budget))),
    ),
  )
}

function flip({ sides, signs }: RelationNode): RelationNode {
  return {
    type: 'relation',
    sides: [...sides].reverse(),
    signs: [...signs].reverse().map((sign) => FLIPPED.get(sign) ?? sign),
  }
}

/** f = 0 and g = 0 where f(p)·g(q) = g(p)·f(q) at sample points p against one q. */
function proportional(gold: RelationNode, given: RelationNode, budget: Budget): Equality {
  const [sign] = gold.signs
  const flipped = sign !== given.signs[0]
  if (flipped && FLIPPED.get(sign) !== given.signs[0]) return 'different'
  const [f, g] = [gold, flipped ? flip(given) : given].map(difference)
  const { multiply } = complexArithmetic(fixedPoint(SAMPLE_BITS))
  return undecidedOn(() => {
    let first: { gold: { re: bigint; im: bigint }; given: { re: bigint; im: bigint } } | undefined
    let found = 0
    for (const sample of samples(f, g, 'e', budget, 'positive')) {
      const values = sample(SAMPLE_BITS)
      if (!values) continue
      if (isZero(values.gold.re, values.peak) !== isZero(values.given.re, values.peak))
        return 'different'
      if (isZero(values.gold.re, values.peak)) continue
      if (sign !== '=' && sign !== '!=' && values.gold.re > 0n !== values.given.re > 0n)
        return 'different'
      first ??= values
      const [left, right] = [multiply(values.gold, first.given), multiply(first.gold, values.given)]
      const size = magnitude(left.re) + magnitude(left.im)
      if (magnitude(left.re - right.re) + magnitude(left.im - right.im) > size >> 80n)
        return 'different'
      if (++found === ENOUGH) return 'numeric'
    }
    return 'undecided'
  })
}

function isZero(value: bigint, peak: bigint): boolean {
  const one = 1n << BigInt(SAMPLE_BITS)
  return magnitude(value) <= (peak > one ? peak : one) >> 120n
}

function difference({ sides }: RelationNode): Node {
  return { type: 'sum', of: [sides[0], { type: 'negative', of: sides[1] }] }
}
