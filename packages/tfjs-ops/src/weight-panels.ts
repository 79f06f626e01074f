import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { type Bf16Matrix, isBf16 } from './bf16-matrix.ts'
import { WeightPanels } from './kernels.ts'
import { hasFusedKernel, runFused } from './run-fused.ts'

/**
 * Copies weights into the order in which the backend's matrix products read them, for `decodeTokens`
 * and `sampleToken`. A product of few rows otherwise spends as long on arranging its weight as on
 * multiplying. The copies change no bit of a result. Make new ones when the weights have changed.
 *
 * @param weights `[out][in]` each; all at once, because their memory is asked for in one piece
 * @returns one for each, or undefined where the backend has no such order
 *
 * @example
 * import { tensor2d } from '@tensorflow/tfjs-core'
 *
 * const weight = tensor2d([[1, 2], [3, 4]])
 * const layer = { weight, panels: weightPanels([weight])?.[0] }
 */
export function weightPanels(
  weights: readonly (Tensor2D | Bf16Matrix)[],
): readonly Tensor1D[] | undefined {
  if (!hasFusedKernel(WeightPanels)) return undefined
  if (weights.length === 0) return []
  const inputs = weights.map((weight) => (isBf16(weight) ? weight.bits : weight))
  const columns = weights.map(({ shape }) => shape[1])
  const panels = runFused(WeightPanels, Object.fromEntries(inputs.entries()), { columns }, () => [])
  return panels as Tensor1D[]
}
