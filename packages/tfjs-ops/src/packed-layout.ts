import type { PackedLayout } from './kernels.ts'

/**
 * The layout of sequences packed one after another, none continuing another.
 *
 * @param lengths rows of each sequence
 *
 * @example
 * packedLayout([3, 2]) // { starts: [0, 3, 5], prefix: [-1, -1] }
 */
export function packedLayout(lengths: readonly number[]): PackedLayout {
  const starts = new Int32Array(lengths.length + 1)
  lengths.forEach((length, s) => (starts[s + 1] = starts[s] + length))
  return { starts, prefix: new Int32Array(lengths.length).fill(-1) }
}

/**
 * The segments whose rows segment s sees, from the root of its chain to s itself.
 *
 * @example
 * segmentChain({ starts: Int32Array.of(0, 4, 6, 9), prefix: Int32Array.of(-1, 0, 0) }, 2) // [0, 2]
 */
export function segmentChain({ prefix }: PackedLayout, segment: number): number[] {
  const chain = [segment]
  for (let s = prefix[segment]; s >= 0; s = prefix[s]) chain.unshift(s)
  return chain
}

/**
 * Throws a `RangeError` unless the layout covers exactly `rows` rows in order and every prefix is
 * an earlier segment.
 */
export function checkLayout(op: string, { starts, prefix }: PackedLayout, rows: number): void {
  const segments = prefix.length
  if (starts.length !== segments + 1 || starts[0] !== 0 || starts[segments] !== rows) {
    throw new RangeError(
      `${op}: ${starts.length} starts for ${segments} segments must run from 0 to the ${rows} rows of q`,
    )
  }
  for (let s = 0; s < segments; s++) {
    if (starts[s + 1] < starts[s])
      throw new RangeError(
        `${op}: segment ${s} ends at row ${starts[s + 1]}, before its start ${starts[s]}`,
      )
    if (prefix[s] < -1 || prefix[s] >= s)
      throw new RangeError(
        `${op}: segment ${s} continues ${prefix[s]}, which must be an earlier segment or -1`,
      )
  }
}
