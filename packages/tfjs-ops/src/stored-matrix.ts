import { tensor2d } from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'

/**
 * A matrix `[rows][columns]` kept as bfloat16, the upper halves of float32 numbers, in half the
 * memory. Operations that take one widen it as they read, which is exact, and compute in float32:
 * their result is that of `fromStorage`'s tensor, bit for bit. No gradient flows into it.
 */
export interface StoredMatrix {
  readonly storage: 'bf16'
  /**
   * int32 `[rows][⌈columns / 2⌉]`: two numbers each, the first in the lower half. Whoever made the
   * matrix disposes of it.
   */
  readonly bits: Tensor2D
  readonly shape: readonly [rows: number, columns: number]
}

/**
 * Whether a weight is kept in another form than float32.
 *
 * @example
 * import { tensor2d } from '@tensorflow/tfjs-core'
 *
 * isStored(toStorage(tensor2d([[1]]), 'bf16')) // true
 */
export function isStored(weight: Tensor2D | StoredMatrix): weight is StoredMatrix {
  return 'storage' in weight
}

/**
 * Rounds a matrix to bfloat16 (to the nearest, halves to even) and keeps it so.
 *
 * @param x float32 `[rows][columns]`; it is read back, and stays the caller's.
 *
 * @example
 * import { tensor2d } from '@tensorflow/tfjs-core'
 *
 * fromStorage(toStorage(tensor2d([[1.001, -3]]), 'bf16')) // [[1, -3]]
 */
export function toStorage(x: Tensor2D, storage: 'bf16'): StoredMatrix {
  const [rows, columns] = x.shape
  const bits = new Uint32Array(x.dataSync<'float32'>().slice().buffer)
  const width = Math.ceil(columns / 2)
  const packed = new Int32Array(rows * width)
  const halves = new Uint16Array(packed.buffer)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      halves[row * width * 2 + column] = roundedHalf(bits[row * columns + column])
  }
  return { storage, bits: tensor2d(packed, [rows, width], 'int32'), shape: [rows, columns] }
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
 * The float32 matrix that a stored one stands for.
 *
 * @example
 * import { tensor2d } from '@tensorflow/tfjs-core'
 *
 * fromStorage(toStorage(tensor2d([[0.5], [2]]), 'bf16')) // [[0.5], [2]]
 */
export function fromStorage({ bits, shape: [rows, columns] }: StoredMatrix): Tensor2D {
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
