import type { LowRankTerm } from './low-rank-terms.ts'
import { rowWidth, type WeightRows } from './weight-rows.ts'

/**
 * Rows of `W + sign · scale · B · A`. Each number is a sum in float64, rounded once to float32.
 *
 * @param sign 1 merges an adapter, −1 takes a merged one out
 */
export function adaptedRows(
  weight: WeightRows,
  { a, b, scale }: LowRankTerm,
  sign: 1 | -1,
): WeightRows {
  const [rank] = a.shape
  const width = rowWidth(weight.shape)
  const factor = sign * scale
  let directions: Float32Array | undefined // A, read with the first rows
  return {
    ...weight,
    async read(from, to) {
      directions ??= await a.read(0, rank)
      const [values, weights] = await Promise.all([weight.read(from, to), b.read(from, to)])
      const sums = new Float64Array(width)
      for (let row = 0; row < to - from; row++) {
        sums.set(values.subarray(row * width, (row + 1) * width))
        for (let k = 0; k < rank; k++) {
          const share = factor * weights[row * rank + k]
          const start = k * width
          for (let j = 0; j < width; j++) sums[j] += share * directions[start + j]
        }
        values.set(sums, row * width)
      }
      return values
    },
  }
}
