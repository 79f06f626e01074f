import { tensor2d, variable } from '@tensorflow/tfjs-core'
import type { Tensor2D, Variable } from '@tensorflow/tfjs-core'
import type { Bf16Matrix } from './bf16-matrix.ts'

/**
 * A bf16 matrix that learns: with `low` it is a float32 matrix, its master, to the bit. Operations
 * read the bf16 part alone; `adamW` updates the master. It takes the memory of a float32 matrix, and
 * there is no second copy of the weights.
 *
 * The upper half of the master's bits plus 0x8000 is the bf16 number; what is left is in
 * [−0x8000, 0x7fff].
 */
export interface SplitMatrix extends Bf16Matrix {
  /** The upper halves of the numbers, which are BF16. */
  readonly bits: Variable & Tensor2D
  /** int32 of the shape of `bits`: two int16 each, the first in its lower half. */
  readonly low: Variable & Tensor2D
}

/**
 * Whether a weight is a bf16 matrix with its float32 masters.
 *
 * @example
 * import { tensor2d } from '@tensorflow/tfjs-core'
 *
 * isSplit(toSplit(tensor2d([[1]]))) // true
 */
export function isSplit(weight: object): weight is SplitMatrix {
  return 'low' in weight
}

/**
 * Splits a float32 matrix; `fromSplit` gives it back to the bit.
 *
 * @param x finite `[rows][columns]`; it is read back, and stays the caller's to dispose of
 *
 * @example
 * import { tensor2d } from '@tensorflow/tfjs-core'
 *
 * const weight = toSplit(tensor2d([[1.001, -3]]))
 * fromBf16(weight) // [[1, -3]]
 * fromSplit(weight) // [[1.001, -3]]
 */
export function toSplit(x: Tensor2D): SplitMatrix {
  const [rows, columns] = x.shape
  const [high, low] = [pairsOf(rows, columns), pairsOf(rows, columns)]
  splitBits(x.dataSync<'float32'>(), columns, high, low)
  const shape = [rows, Math.ceil(columns / 2)] as [number, number]
  return {
    storage: 'bf16',
    bits: pairVariable(high, shape),
    low: pairVariable(low, shape),
    shape: [rows, columns],
  }
}

/**
 * The float32 matrix that a split one is.
 *
 * @example
 * import { tensor2d } from '@tensorflow/tfjs-core'
 *
 * fromSplit(toSplit(tensor2d([[0.1]]))) // [[0.1]]
 */
export function fromSplit({ bits, low, shape: [rows, columns] }: SplitMatrix): Tensor2D {
  const [high, rest] = [bits, low].map((part) => halvesOf(part.dataSync<'int32'>()))
  const signed = new Int16Array(rest.buffer)
  const values = new Float32Array(rows * columns)
  const words = new Uint32Array(values.buffer)
  const stride = 2 * bits.shape[1]
  for (let row = 0; row < rows; row++)
    for (let column = 0; column < columns; column++) {
      const at = row * stride + column
      words[row * columns + column] = (high[at] << 16) + signed[at]
    }
  return tensor2d(values, [rows, columns])
}

/** Gives a split matrix other masters; `values` in rows. For a backend without the kernel. */
export function assignSplit(weight: SplitMatrix, values: Float32Array): void {
  const [rows, columns] = weight.shape
  const [high, low] = [pairsOf(rows, columns), pairsOf(rows, columns)]
  splitBits(values, columns, high, low)
  for (const [part, pairs] of [
    [weight.bits, high],
    [weight.low, low],
  ] as const) {
    const tensor = tensor2d(new Int32Array(pairs.buffer), part.shape as [number, number], 'int32')
    part.assign(tensor)
    tensor.dispose()
  }
}

function splitBits(
  values: Float32Array,
  columns: number,
  high: Uint16Array,
  low: Uint16Array,
): void {
  const words = new Uint32Array(values.buffer, values.byteOffset, values.length)
  const stride = 2 * Math.ceil(columns / 2)
  for (let i = 0; i < words.length; i++) {
    const at = Math.floor(i / columns) * stride + (i % columns)
    high[at] = (words[i] + 0x8000) >>> 16
    low[at] = words[i]
  }
}

/** Zeros for the halves of a matrix, whole int32s a row. */
function pairsOf(rows: number, columns: number): Uint16Array {
  return new Uint16Array(rows * 2 * Math.ceil(columns / 2))
}

function pairVariable(pairs: Uint16Array, shape: [number, number]): Variable & Tensor2D {
  const values = tensor2d(new Int32Array(pairs.buffer), shape, 'int32')
  const kept = variable(values, false)
  values.dispose()
  return kept as Variable & Tensor2D
}

function halvesOf(pairs: Int32Array): Uint16Array {
  return new Uint16Array(Int32Array.from(pairs).buffer)
}
