import { matMul } from '@tensorflow/tfjs-core'
import type { Tensor2D } from '@tensorflow/tfjs-core'
import { MatMulBf16 } from './kernels.ts'
import { runFused } from './run-fused.ts'
import { type Bf16Matrix, fromBf16, isBf16 } from './bf16-matrix.ts'

/**
 * `x · weightᵀ` with a float32 or bf16 weight.
 *
 * @param x `[N][in]`
 * @param weight `[out][in]`
 * @returns `[N][out]`
 * @throws RangeError where the widths differ.
 *
 * @example
 * import { tensor2d } from '@tensorflow/tfjs-core'
 *
 * linearProduct(tensor2d([[1, 2]]), toBf16(tensor2d([[3, 4], [5, 6]]))) // [[11, 17]]
 */
export function linearProduct(x: Tensor2D, weight: Tensor2D | Bf16Matrix): Tensor2D {
  if (!isBf16(weight)) return matMul(x, weight, false, true)
  const columns = weight.shape[1]
  if (x.shape[1] !== columns)
    throw new RangeError(`linearProduct: x has ${x.shape[1]} columns, weight ${columns}`)
  const [y] = runFused(MatMulBf16, { x, weight: weight.bits }, { columns }, () => [
    matMul(x, fromBf16(weight), false, true),
  ])
  return y as Tensor2D
}
