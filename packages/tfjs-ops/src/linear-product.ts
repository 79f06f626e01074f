import { matMul } from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { MatMulStored } from './kernels.ts'
import { runFused } from './run-fused.ts'
import { fromStorage, isStored } from './stored-matrix.ts'
import type { StoredMatrix } from './stored-matrix.ts'

/**
 * `x · weightᵀ` with a weight in float32 or in storage.
 *
 * @param x `[N][in]`
 * @param weight `[out][in]`
 * @returns `[N][out]`
 * @throws RangeError where the widths differ.
 *
 * @example
 * import { tensor2d } from '@tensorflow/tfjs-core'
 *
 * linearProduct(tensor2d([[1, 2]]), toStorage(tensor2d([[3, 4], [5, 6]]), 'bf16')) // [[11, 17]]
 */
export function linearProduct(x: Tensor2D, weight: Tensor2D | StoredMatrix): Tensor2D {
  if (!isStored(weight)) return matMul(x, weight, false, true)
  const columns = weight.shape[1]
  if (x.shape[1] !== columns)
    throw new RangeError(`linearProduct: x has ${x.shape[1]} columns, weight ${columns}`)
  const [y] = runFused(MatMulStored, { x, weight: weight.bits }, { columns }, () => [
    matMul(x, fromStorage(weight), false, true),
  ])
  return y as Tensor2D
}
