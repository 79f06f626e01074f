import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { WeightPanels } from './kernels.ts'
import { hasFusedKernel, runFused } from './run-fused.ts'

/**
 * A copy of a weight in the order in which the backend's products read it, for `decodeTokens` and
 * `sampleToken`: a product of few rows takes as long to arrange its weight as to multiply. It
 * changes no bit of a result. Make it anew when the weight has changed.
 *
 * @param weight `[out][in]`
 * @returns undefined where the backend has no such order
 *
 * @example
 * import { tensor2d } from '@tensorflow/tfjs-core'
 *
 * const weight = tensor2d([[1, 2], [3, 4]])
 * const layer = { weight, panels: weightPanels(weight) }
 */
export function weightPanels(weight: Tensor2D): Tensor1D | undefined {
  if (!hasFusedKernel(WeightPanels)) return undefined
  const [panels] = runFused(WeightPanels, { weight }, {}, () => [])
  return panels as Tensor1D
}
