import { tensor2d } from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { FromBf16, ToBf16 } from './kernels.ts'
import { runFused } from './run-fused.ts'

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
 * Whether a matrix is kept as bfloat16, not as float32.
 *
 * @example
 * import { tensor2d } from '@tensorflow/tfjs-core'
 *
 * isBf16(toBf16(tensor2d([[1]]))) // true
 */
export function isBf16(matrix: Tensor2D | Bf16Matrix): matrix is Bf16Matrix {
  return 'storage' in matrix
}

/**
 * Rounds a matrix to bfloat16 (to the nearest, ties to even).
 *
 * @param x float32 `[rows][columns]`, which stays the caller's to dispose of. A backend without the
 *   kernel reads it back.
 *
 * @example
 * import { tensor2d } from '@tensorflow/tfjs-core'
 *
 * fromBf16(toBf16(tensor2d([[1.001, -3]]))) // [[1, -3]]
 */
export function toBf16(x: Tensor2D): Bf16Matrix {
  const [bits] = runFused(ToBf16, { x }, {}, () => [roundedBits(x)])
  return { storage: 'bf16', bits: bits as Tensor2D, shape: x.shape }
}

function roundedBits(x: Tensor2D): Tensor2D {
  const [rows, columns] = x.shape
  const bits = new Uint32Array(x.dataSync<'float32'>().slice().buffer)
  const width = Math.ceil(columns / 2)
  const pairs = new Int32Array(rows * width)
  const halves = new Uint16Array(pairs.buffer)
  for (let row = 0; row < rows; row++) {
    for (let column = 0; column < columns; column++)
      halves[row * width * 2 + column] = roundedHalf(bits[row * columns + column])
  }
  return tensor2d(pairs, [rows, width], 'int32')
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
export function fromBf16({ bits, shape }: Bf16Matrix): Tensor2D {
  const [x] = runFused(FromBf16, { bits }, { columns: shape[1] }, () => [widenedBits(bits, shape)])
  return x as Tensor2D
}

/**
 * The same for a matrix that may be float32 already.
 *
 * @example
 * import { tensor2d } from '@tensorflow/tfjs-core'
 *
 * const x = tensor2d([[0.5]])
 * inFloat32(x) // x
 * inFloat32(toBf16(x)) // [[0.5]], another tensor
 */
export function inFloat32(x: Tensor2D | Bf16Matrix): Tensor2D {
  return isBf16(x) ? fromBf16(x) : x
}

function widenedBits(bits: Tensor2D, [rows, columns]: Bf16Matrix['shape']): Tensor2D {
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
