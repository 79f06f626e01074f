/**
 * One piece of a set of reals; undefined ends are infinite. Values are in fixed point, all of one
 * set alike.
 */
export interface Piece {
  readonly low: bigint | undefined
  readonly lowClosed: boolean
  readonly high: bigint | undefined
  readonly highClosed: boolean
}

/** A union of intervals and points: sorted, apart from each other, none empty. */
export type RealSet = readonly Piece[]

export const REALS: RealSet = [
  { low: undefined, lowClosed: false, high: undefined, highClosed: false },
]

/** The set of the given pieces, merged where they touch. `same` tells when two ends are one. */
export function realSet(
  pieces: readonly Piece[],
  same: (a: bigint, b: bigint) => boolean,
): RealSet {
  const sorted = pieces
    .filter((piece) => !isEmpty(piece, same))
    .sort((a, b) => compareLow(a, b, same))
  const merged: Piece[] = []
  for (const piece of sorted) {
    const last = merged.at(-1)
    if (last && touches(last, piece, same)) merged[merged.length - 1] = joined(last, piece, same)
    else merged.push(piece)
  }
  return merged
}

function isEmpty(
  { low, lowClosed, high, highClosed }: Piece,
  same: (a: bigint, b: bigint) => boolean,
): boolean {
  if (low === undefined || high === undefined) return false
  return same(low, high) ? !(lowClosed && highClosed) : low > high
}

function compareLow(a: Piece, b: Piece, same: (a: bigint, b: bigint) => boolean): number {
  if (a.low === undefined || b.low === undefined)
    return a.low === b.low ? 0 : a.low === undefined ? -1 : 1
  if (same(a.low, b.low)) return Number(b.lowClosed) - Number(a.lowClosed)
  return a.low < b.low ? -1 : 1
}

/** Whether b, which starts no earlier, begins within a or right at its end. */
function touches(a: Piece, b: Piece, same: (a: bigint, b: bigint) => boolean): boolean {
  if (a.high === undefined || b.low === undefined) return true
  return same(a.high, b.low) ? a.highClosed || b.lowClosed : b.low < a.high
}

function joined(a: Piece, b: Piece, same: (a: bigint, b: bigint) => boolean): Piece {
  if (a.high === undefined || b.high === undefined)
    return { ...a, high: undefined, highClosed: false }
  if (same(a.high, b.high)) return { ...a, highClosed: a.highClosed || b.highClosed }
  return a.high > b.high ? a : { ...a, high: b.high, highClosed: b.highClosed }
}

/** ℝ without the set. */
export function complement(set: RealSet): RealSet {
  const gaps: Piece[] = []
  let low: bigint | undefined
  let lowClosed = false
  let unbounded = true
  for (const piece of set) {
    if (piece.low !== undefined)
      gaps.push({
        low: unbounded ? undefined : low,
        lowClosed,
        high: piece.low,
        highClosed: !piece.lowClosed,
      })
    if (piece.high === undefined) return gaps
    low = piece.high
    lowClosed = !piece.highClosed
    unbounded = false
  }
  return [
    ...gaps,
    { low: unbounded ? undefined : low, lowClosed, high: undefined, highClosed: false },
  ]
}

export function intersection(
  a: RealSet,
  b: RealSet,
  same: (a: bigint, b: bigint) => boolean,
): RealSet {
  return complement(realSet([...complement(a), ...complement(b)], same))
}

export function contains(
  set: RealSet,
  value: bigint,
  same: (a: bigint, b: bigint) => boolean,
): boolean {
  return set.some(({ low, lowClosed, high, highClosed }) => {
    const above = low === undefined || (same(low, value) ? lowClosed : low < value)
    const below = high === undefined || (same(high, value) ? highClosed : value < high)
    return above && below
  })
}

export function sameRealSet(
  a: RealSet,
  b: RealSet,
  same: (a: bigint, b: bigint) => boolean,
): boolean {
  const sameEnd = (x: bigint | undefined, y: bigint | undefined): boolean =>
    x === undefined || y === undefined ? x === y : same(x, y)
  return (
    a.length === b.length &&
    a.every((piece, i) => {
      const other = b[i]
      return (
        sameEnd(piece.low, other.low) &&
        sameEnd(piece.high, other.high) &&
        piece.lowClosed === other.lowClosed &&
        piece.highClosed === other.highClosed
      )
    })
  )
}
