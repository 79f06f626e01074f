import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { type Bf16Matrix, isBf16 } from './bf16-matrix.ts'
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
export function weightPanels(weight: Tensor2D | Bf16Matrix): Tensor1D | undefined {
  if (!hasFusedKernel(WeightPanels)) return undefined
  const inputs = { weight: isBf16(weight) ? weight.bits : weight }
  const [panels] = runFused(WeightPanels, inputs, { columns: weight.shape[1] }, () => [])
  return panels as Tensor1D
}
