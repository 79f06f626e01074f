import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { WeightPanels } from './kernels.ts'
import { hasFusedKernel, runFused } from './run-fused.ts'

/**
 * Copies a weight into the order in which the backend's matrix products read it, for `decodeTokens`
 * and `sampleToken`. A product of few rows otherwise spends as long on arranging its weight as on
 * multiplying. The copy changes no bit of a result. Make a new one when the weight has changed.
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
