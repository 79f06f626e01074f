import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  complement,
  contains,
  intersection,
  realSet,
  REALS,
  sameRealSet,
  type Piece,
  type RealSet,
} from './real-set.ts'

const same = (a: bigint, b: bigint): boolean => a === b
const end = fc.option(fc.bigInt({ min: -5n, max: 5n }), { nil: undefined })
const piece: fc.Arbitrary<Piece> = fc
  .record({ low: end, lowClosed: fc.boolean(), high: end, highClosed: fc.boolean() })
  .map((one) => ({
    ...one,
    lowClosed: one.lowClosed && one.low !== undefined,
    highClosed: one.highClosed && one.high !== undefined,
  }))
const pieces = fc.array(piece, { maxLength: 4 })
/** Doubled, so that halves lie between the ends. */
const POINTS = Array.from({ length: 27 }, (_, i) => BigInt(i - 13))
const doubled = (set: readonly Piece[]): RealSet =>
  realSet(
    set.map((one) => ({
      ...one,
      low: one.low === undefined ? undefined : 2n * one.low,
      high: one.high === undefined ? undefined : 2n * one.high,
    })),
    same,
  )
const members = (set: RealSet): boolean[] => POINTS.map((point) => contains(set, point, same))

describe('sets of reals', () => {
  it('unite, intersect and complement as their points do', () => {
    fc.assert(
      fc.property(pieces, pieces, (left, right) => {
        const [a, b] = [doubled(left), doubled(right)]
        const [inA, inB] = [members(a), members(b)]
        expect(members(realSet([...a, ...b], same))).toEqual(inA.map((is, i) => is || inB[i]))
        expect(members(intersection(a, b, same))).toEqual(inA.map((is, i) => is && inB[i]))
        expect(members(complement(a))).toEqual(inA.map((is) => !is))
        expect(sameRealSet(complement(complement(a)), a, same)).toBe(true)
        expect(sameRealSet(a, b, same)).toBe(inA.every((is, i) => is === inB[i]))
      }),
    )
  })

  it('merges what touches and drops what is empty', () => {
    const set = realSet(
      [
        { low: 1n, lowClosed: false, high: 2n, highClosed: false },
        { low: 0n, lowClosed: true, high: 1n, highClosed: true },
        { low: 5n, lowClosed: true, high: 4n, highClosed: true },
        { low: 3n, lowClosed: true, high: 3n, highClosed: false },
      ],
      same,
    )
    expect(set).toEqual([{ low: 0n, lowClosed: true, high: 2n, highClosed: false }])
    expect(complement([])).toEqual(REALS)
    expect(complement(REALS)).toEqual([])
  })
})
