import type { Complex } from '../numeric/complex.ts'

/** Two values at one point and precision. */
export interface Evaluated {
  readonly gold: Complex
  readonly given: Complex
  /** The largest term any sum had on the way. */
  readonly peak: bigint
}

/** Precision is raised by this factor where cancellation hides the answer. */
const RAISE = 4

/**
 * Compares two values computed with more and more bits: different as soon as they differ by more
 * than the arithmetic can have lost; the same once they agree to 40 bits of their size, or vanish
 * together at the last precision, undefined where even that loses too much.
 *
 * @param at the values with so many bits; undefined where they have none
 */
export function compareAt(
  at: (bits: number) => Evaluated | undefined,
  firstBits: number,
  lastBits: number,
): 'same' | 'different' | undefined {
  for (let bits = firstBits; ; bits *= RAISE) {
    const values = at(bits)
    if (!values) return undefined
    const { gold, given, peak } = values
    const one = 1n << BigInt(bits)
    const lost = (peak > one ? peak : one) >> BigInt(bits / 2)
    const difference = magnitude(gold.re - given.re) + magnitude(gold.im - given.im)
    if (difference > lost) return 'different'
    if (lost <= sizeOf(gold, given) >> 40n) return 'same'
    if (bits * RAISE > lastBits) return lost <= one >> 40n ? 'same' : undefined
  }
}

function sizeOf(a: Complex, b: Complex): bigint {
  return magnitude(a.re) + magnitude(a.im) + magnitude(b.re) + magnitude(b.im)
}

export function magnitude(value: bigint): bigint {
  return value < 0n ? -value : value
}
