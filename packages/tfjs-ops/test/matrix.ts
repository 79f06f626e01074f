import { tensor1d, tensor2d } from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'

/** A float32 matrix of float64 values. */
export function matrix(values: Float64Array, rows: number): Tensor2D {
  return tensor2d(Float32Array.from(values), [rows, rows === 0 ? 0 : values.length / rows])
}

/** A float32 vector of float64 values. */
export function vector(values: Float64Array): Tensor1D {
  return tensor1d(Float32Array.from(values))
}

/** An int32 vector. */
export function integers(values: ArrayLike<number>): Tensor1D {
  return tensor1d(Int32Array.from(values), 'int32')
}
