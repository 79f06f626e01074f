import { expandDims, gather, scatterND, zeros } from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { checkShape } from './check-shape.ts'
import { differentiable } from './differentiable.ts'
import { EmbeddingGrad, GatherBf16 } from './kernels.ts'
import { runFused } from './run-fused.ts'
import { type Bf16Matrix, fromBf16, isBf16 } from './bf16-matrix.ts'

/**
 * Rows of an embedding table: `y[n] = weight[ids[n]]`.
 *
 * @param weight `[V][D]`; a bf16 one has no gradient.
 * @param ids int32 `[N]`, each in `[0, V)`: the op cannot check them without a read-back.
 *
 * @example
 * import { tensor1d, tensor2d } from '@tensorflow/tfjs-core'
 *
 * embedding(tensor2d([[1, 2], [3, 4]]), tensor1d([1, 1], 'int32')) // [[3, 4], [3, 4]]
 */
export function embedding(weight: Tensor2D | Bf16Matrix, ids: Tensor1D): Tensor2D {
  if (isBf16(weight)) return storedRows(weight, ids)
  const [y] = differentiable({
    inputs: { weight },
    constants: [ids],
    forward: () => [gather(weight, ids)],
    backward: ([dy], [savedWeight], [savedIds]) => [
      embeddingGradient(dy as Tensor2D, savedIds as Tensor1D, savedWeight.shape[0]),
    ],
  })
  return y as Tensor2D
}

function storedRows(weight: Bf16Matrix, ids: Tensor1D): Tensor2D {
  const [y] = runFused(
    GatherBf16,
    { weight: weight.bits, ids },
    { columns: weight.shape[1] },
    () => [gather(fromBf16(weight), ids)],
  )
  return y as Tensor2D
}

/**
 * The gradient of `embedding` with respect to its table: the rows of `dy` are added at `ids` to
 * `[rows][D]` zeros, in row order.
 *
 * @param dy `[N][D]`
 * @param ids int32 `[N]`
 * @param rows V, the table's height
 *
 * @example
 * import { tensor1d, tensor2d } from '@tensorflow/tfjs-core'
 *
 * embeddingGradient(tensor2d([[1, 2], [3, 4]]), tensor1d([1, 1], 'int32'), 2) // [[0, 0], [4, 6]]
 */
export function embeddingGradient(dy: Tensor2D, ids: Tensor1D, rows: number): Tensor2D {
  checkShape('embeddingGradient', 'ids', ids, [dy.shape[0]])
  const [dweight] = runFused(EmbeddingGrad, { dy, ids }, { rows }, () => [
    embeddingGradientComposition(dy, ids, rows),
  ])
  return dweight as Tensor2D
}

/**
 * `embeddingGradient` from standard operations.
 *
 * @example
 * import { tensor1d, tensor2d } from '@tensorflow/tfjs-core'
 *
 * embeddingGradientComposition(
 *   tensor2d([
 *     [1, 2],
 *     [3, 4],
 *   ]),
 *   tensor1d([1, 1], 'int32'),
 *   2,
 * ) // [[0, 0], [4, 6]]
 */
export function embeddingGradientComposition(dy: Tensor2D, ids: Tensor1D, rows: number): Tensor2D {
  const shape: [number, number] = [rows, dy.shape[1]]
  return dy.shape[0] === 0 ? zeros(shape) : (scatterND(expandDims(ids, 1), dy, shape) as Tensor2D)
}
