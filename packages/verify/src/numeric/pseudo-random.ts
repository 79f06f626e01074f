import type { Complex } from './complex.ts'
import type { FixedPoint } from './fixed-point.ts'

/**
 * A number in (1/2, 5/2) that depends on a name and on values to 64 binary places, the same in
 * every process. It is no secret: what agrees at these points only by construction is caught by the
 * symbolic comparison of polynomials.
 */
export function pseudoRandom(
  name: string,
  values: readonly Complex[],
  { one, bits }: FixedPoint,
): bigint {
  const round = BigInt(bits - 64)
  // adding half a unit keeps equal values that differ in the last bits together
  const key = values.map(
    ({ re, im }) =>
      `${(re + (1n << (round - 1n))) >> round},${(im + (1n << (round - 1n))) >> round}`,
  )
  const [high, low] = [
    hash(`${name}(${key.join(';')})`, 0x811c9dc5),
    hash(`${key.join(';')}:${name}`, 0x9e3779b9),
  ]
  return one / 2n + ((2n * one * ((BigInt(high) << 32n) | BigInt(low))) >> 64n)
}

/** FNV-1a over UTF-16 units, with a final mix (Murmur3's). */
function hash(text: string, seed: number): number {
  let h = seed
  for (let i = 0; i < text.length; i++) h = Math.imul(h ^ text.charCodeAt(i), 0x01000193)
  h = Math.imul(h ^ (h >>> 16), 0x85ebca6b)
  h = Math.imul(h ^ (h >>> 13), 0xc2b2ae35)
  return (h ^ (h >>> 16)) >>> 0
}
