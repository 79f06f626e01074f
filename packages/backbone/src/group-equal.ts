/**
 * Which arrays hold the same ids: for each the index of the first array equal to it.
 *
 * @example
 * groupEqual([Int32Array.of(1), Int32Array.of(2), Int32Array.of(1)]) // [0, 1, 0]
 */
export function groupEqual(arrays: readonly Int32Array[]): number[] {
  const byReference = new Map<Int32Array, number>()
  const byContent = new Map<string, number>()
  return arrays.map((array, i) => {
    const known = byReference.get(array)
    if (known !== undefined) return known
    const content = array.join()
    const first = byContent.get(content) ?? i
    byContent.set(content, first)
    byReference.set(array, first)
    return first
  })
}
