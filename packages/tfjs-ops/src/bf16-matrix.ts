import { tensor2d } from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'

/**
 * A matrix `[rows][columns]` kept in half the memory as bfloat16, the upper half of float32.
 * Operations that take one widen it as they read, which is exact, and compute in float32: the
 * result is that of `fromBf16`'s tensor, bit for bit. One that learns is a `SplitMatrix`.
 */
export interface Bf16Matrix {
  /** Marks the kind of matrix. */
  readonly storage: 'bf16'
  /**
   * int32 `[rows][⌈columns / 2⌉]`: each holds two numbers, the first in its lower half. Whoever
   * made the matrix disposes of it.
   */
  readonly bits: Tensor2D
  /** Its dimensions. */
  readonly shape: readonly [rows: number, columns: number]
}

/**
 * Whether a weight is kept as bfloat16, not as float32.
 *
 * @example
 * import { tensor2d } from '@tensorflow/tfjs-core'
 *
 * isBf16(toBf16(tensor2d([[1]]))) // true
 */
export function isBf16(weight: Tensor2D | Bf16Matrix): weight is Bf16Matrix {
  return 'storage' in weight
}

/**
 * Rounds a matrix to bfloat16 (to the nearest, ties to even).
 *
 * @param x float32 `[rows][columns]`; it is read back, and stays the caller's to dispose of.
 *
 * @example
 * import { tensor2d } from '@tensorflow/tfjs-core'
 *
 * fromBf16(toBf16(tensor2d([[1.001, -3]]))) // [[1, -3]]
 */
export function toBf16(x: Tensor2D): Bf16Matrix {
  const [rows, columns] = x.shape
  const bits = new Uint32Array(x.dataSync<'float32'>().slice().buffer)
  const width = Math.ceil(columns / 2)
  const pairs = new Int32Array(rows * width)
  const halves = new Uint16Array(pairs.buffer)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      halves[row * width * 2 + column] = roundedHalf(bits[row * columns + column])
  }
  return { storage: 'bf16', bits: tensor2d(pairs, [rows, width], 'int32'), shape: [rows, columns] }
}

/**
 * The upper half of a float32's bits, rounded. A NaN keeps a bit of its payload, so that it does
 * not round to infinity.
 */
function roundedHalf(bits: number): number {
  if ((bits & 0x7fffffff) > 0x7f800000) return (bits >>> 16) | 0x40
  return (bits + 0x7fff + ((bits >>> 16) & 1)) >>> 16
}

/**
 * The float32 matrix that a bf16 one stands for.
 *
 * @example
 * import { tensor2d } from '@tensorflow/tfjs-core'
 *
 * fromBf16(toBf16(tensor2d([[0.5], [2]]))) // [[0.5], [2]]
 */
export function fromBf16({ bits, shape: [rows, columns] }: Bf16Matrix): Tensor2D {
  const halves = new Uint16Array(Int32Array.from(bits.dataSync<'int32'>()).buffer)
  const width = 2 * bits.shape[1]
  const values = new Float32Array(rows * columns)
  const words = new Uint32Array(values.buffer)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      words[row * columns + column] = halves[row * width + column] << 16
  }
  return tensor2d(values, [rows, columns])
}
