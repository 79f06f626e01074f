import { add, matMul, tidy } from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core'
import { type Bf16Matrix, inFloat32 } from './bf16-matrix.ts'
import { checkShape } from './check-shape.ts'
import { embeddingGradient } from './embedding.ts'
import { AddEmbeddingGrad, AddWeightGrad } from './kernels.ts'
import { hasFusedKernel, runFused } from './run-fused.ts'

/**
 * Adds a matrix's gradient to a sum of gradients: `sum += dyᵀ · x`, with the bits of
 * `add(sum, matMul(dy, x, true))`. If the backend has the kernel, the sum changes in place and the
 * product never exists as a whole; otherwise the variable is assigned a new tensor.
 *
 * @param sum `[out][in]`
 * @param dy `[N][out]` gradient of the layer's output
 * @param x `[N][in]` the layer's input, in float32 or bf16
 * @throws RangeError where shapes do not fit.
 *
 * @example
 * import { tensor2d, variable, zeros } from '@tensorflow/tfjs-core'
 *
 * const sum = variable(zeros([1, 2]))
 * addWeightGradient(sum, tensor2d([[1], [2]]), tensor2d([[3, 4], [5, 6]])) // [[13, 16]]
 */
export function addWeightGradient(sum: Variable, dy: Tensor2D, x: Tensor2D | Bf16Matrix): void {
  checkShape('addWeightGradient', 'x', x, [dy.shape[0], -1])
  checkShape('addWeightGradient', 'sum', sum, [dy.shape[1], x.shape[1]])
  tidy(() => {
    if (hasFusedKernel(AddWeightGrad))
      runFused(AddWeightGrad, { sum, dy, x: inFloat32(x) }, {}, () => [])
    else addTo(sum, () => weightGradient(dy, x))
  })
}

/**
 * A matrix's gradient, `dyᵀ · x`.
 *
 * @param dy `[N][out]` gradient of the layer's output
 * @param x `[N][in]` the layer's input, in float32 or bf16
 *
 * @example
 * import { tensor2d } from '@tensorflow/tfjs-core'
 *
 * weightGradient(tensor2d([[1], [2]]), tensor2d([[3, 4], [5, 6]])) // [[13, 16]]
 */
export function weightGradient(dy: Tensor2D, x: Tensor2D | Bf16Matrix): Tensor2D {
  return tidy(() => matMul(dy, inFloat32(x), true, false))
}

/**
 * Adds an embedding's gradient to a sum of gradients: `add(sum, embeddingGradient(dy, ids, rows))`,
 * bit for bit. If the backend has the kernel, the sum changes in place and that gradient never
 * exists as a whole; otherwise the variable is assigned a new tensor.
 *
 * @param sum `[rows][D]`
 * @param dy `[N][D]`
 * @param ids int32 `[N]`, each in `[0, rows)`
 * @throws RangeError where shapes do not fit.
 *
 * @example
 * import { tensor1d, tensor2d, variable, zeros } from '@tensorflow/tfjs-core'
 *
 * const sum = variable(zeros([2, 1]))
 * addEmbeddingGradient(sum, tensor2d([[1], [2]]), tensor1d([1, 1], 'int32')) // [[0], [3]]
 */
export function addEmbeddingGradient(sum: Variable, dy: Tensor2D, ids: Tensor1D): void {
  checkShape('addEmbeddingGradient', 'ids', ids, [dy.shape[0]])
  checkShape('addEmbeddingGradient', 'sum', sum, [-1, dy.shape[1]])
  if (hasFusedKernel(AddEmbeddingGrad)) runFused(AddEmbeddingGrad, { sum, dy, ids }, {}, () => [])
  else addTo(sum, () => embeddingGradient(dy, ids, sum.shape[0]))
}

/** `sum += gradient()`, for a backend without the kernel. */
export function addTo(sum: Variable, gradient: () => Tensor): void {
  tidy(() => sum.assign(add(sum, gradient())))
}
