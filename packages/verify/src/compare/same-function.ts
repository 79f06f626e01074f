import { spend, type Budget } from '../budget.ts'
import { complexArithmetic, type Complex } from '../numeric/complex.ts'
import { evaluate } from '../numeric/evaluate.ts'
import { fixedPoint } from '../numeric/fixed-point.ts'
import { freeSymbols, integerSymbols, samplePoint } from '../numeric/sample-points.ts'
import type { Node } from '../syntax/node.ts'
import { Undecidable } from '../undecidable.ts'
import { compareAt, magnitude, type Evaluated } from './compare-at.ts'
import type { Equality } from './equality.ts'

export const SAMPLE_BITS = 256
/** Points that must agree, and points tried for them. */
const ENOUGH = 5
const TRIES = 24
/** Points without a value after which no more are tried. */
const HOPELESS = 10
/** Points of either sign, where both sides are real. */
const MIXED = 6

/** Two expressions at one point, at any precision. */
export type Sample = (bits: number) => Evaluated | undefined

/**
 * Whether two expressions are the same function of their symbols: their values agree at five points
 * with positive coordinates, and at points of either sign where both are real. One point where they
 * do not is a proof that they differ; agreement at random points has probability zero for different
 * analytic functions.
 */
export function sameFunction(
  gold: Node,
  given: Node,
  logBase: 'e' | 'ten',
  budget: Budget,
): Equality {
  let found = 0
  for (const sample of samples(gold, given, logBase, budget, 'positive')) {
    const outcome = compareAt(sample, SAMPLE_BITS, 4 * SAMPLE_BITS)
    if (outcome === 'different') return outcome
    if (outcome === 'same' && ++found === ENOUGH) break
  }
  if (found < ENOUGH - 2) return 'undecided'
  for (const sample of samples(gold, given, logBase, budget, 'mixed')) {
    if (compareAt(sample, SAMPLE_BITS, 4 * SAMPLE_BITS) === 'different') return 'different'
  }
  return 'numeric'
}

/**
 * Sample points where both expressions have a value: those where both are real first, complex ones
 * only after them and only for positive coordinates.
 */
export function* samples(
  gold: Node,
  given: Node,
  logBase: 'e' | 'ten',
  budget: Budget,
  signs: 'positive' | 'mixed',
): Generator<Sample> {
  const symbols = freeSymbols(given, freeSymbols(gold))
  const integers = integerSymbols(given, integerSymbols(gold))
  const notReal: Sample[] = []
  let found = 0
  for (let index = 0; index < (signs === 'positive' ? TRIES : MIXED); index++) {
    const sample: Sample = (bits) => {
      spend(budget, bits / 50)
      const complex = complexArithmetic(fixedPoint(bits))
      return valuesAt(gold, given, {
        complex,
        values: samplePoint(symbols, integers, index, signs, complex),
        logBase,
        budget,
        peak: { value: 0n },
      })
    }
    const values = sample(SAMPLE_BITS)
    if (values) found++
    else if (found === 0 && index >= HOPELESS) return
    else continue
    if (isReal(values.gold) && isReal(values.given)) yield sample
    else notReal.push(sample)
  }
  if (signs === 'positive') yield* notReal
}

function valuesAt(
  gold: Node,
  given: Node,
  point: Parameters<typeof evaluate>[1],
): Evaluated | undefined {
  try {
    const values = { gold: evaluate(gold, point), given: evaluate(given, point) }
    return { ...values, peak: point.peak.value }
  } catch (error) {
    if (error instanceof Undecidable && point.budget.left >= 0) return undefined
    throw error
  }
}

function isReal({ re, im }: Complex): boolean {
  return magnitude(im) <= (magnitude(re) >> 100n) + (1n << BigInt(SAMPLE_BITS / 2))
}
