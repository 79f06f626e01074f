import { variable } from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core'
import type { Bf16Matrix } from './bf16-matrix.ts'
import { StoredFloats, UninitializedWeight } from './kernels.ts'
import { hasFusedKernel, runFused } from './run-fused.ts'

/** How a file stores numbers: little-endian float32, bfloat16 or IEEE 754 binary16. */
export type StoredFloatType = 'F32' | 'BF16' | 'F16'

/**
 * Whether the current backend fills weights from bytes itself.
 *
 * @example
 * canFillWeights() // false on backend 'cpu'
 */
export function canFillWeights(): boolean {
  return hasFusedKernel(StoredFloats) && hasFusedKernel(UninitializedWeight)
}

/**
 * A weight whose numbers are whatever the memory held before, to be filled by `fillWeight`: a float32
 * variable of any shape, or for `bf16` a matrix of two dimensions. Only where `canFillWeights`.
 *
 * @example
 * const weight = uninitializedWeight([2, 3], 'float32')
 */
export function uninitializedWeight(
  shape: readonly number[],
  storage: 'float32' | 'bf16',
): Variable | Bf16Matrix {
  const [rows, columns] = shape
  if (storage === 'bf16') {
    const bits = uninitialized([rows, Math.ceil(columns / 2)], 'int32') as Tensor2D
    return { storage, bits, shape: [rows, columns] }
  }
  const values = uninitialized(shape, 'float32')
  const weight = variable(values, false)
  values.dispose()
  return weight
}

function uninitialized(shape: readonly number[], dtype: 'float32' | 'int32'): Tensor {
  return runFused(UninitializedWeight, {}, { shape, dtype }, () => [])[0]
}

/**
 * Writes numbers into a weight, **in place**, as a file stores them: widened exactly, or for a bf16
 * weight rounded (to the nearest, ties to even). Only where `canFillWeights`.
 *
 * @param place the type of the bytes, and the index of their first number in the weight, row by row
 * @returns index in the weight of the first number that is infinite or NaN; undefined if all are finite
 *
 * @example
 * const weight = uninitializedWeight([1, 2], 'float32')
 * fillWeight(weight, Uint8Array.of(0x80, 0x3f, 0, 0x40), { type: 'BF16', from: 0 }) // [[1, 2]]
 */
export function fillWeight(
  weight: Variable | Bf16Matrix,
  bytes: Uint8Array,
  place: { readonly type: StoredFloatType; readonly from: number },
): number | undefined {
  const { type, from } = place
  const target = 'storage' in weight ? weight.bits : weight
  const columns = weight.shape.at(-1) ?? 1
  const [bad] = runFused(StoredFloats, { target }, { bytes, type, from, columns }, () => [])
  const found = bad.dataSync<'int32'>().find((index) => index >= 0)
  bad.dispose()
  return found === undefined ? undefined : from + found
}
