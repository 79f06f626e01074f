import { add, mean, mul, rsqrt, square, sub, sum } from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { checkShape } from './check-shape.ts'
import { differentiable } from './differentiable.ts'
import { RmsNorm, RmsNormGrad } from './kernels.ts'
import { runFused } from './run-fused.ts'

/** Settings of `rmsNorm`. */
export interface RmsNormOptions {
  /** Added to the mean square before the root. */
  readonly epsilon: number
}

/**
 * Root-mean-square normalization of each row (Zhang and Sennrich 2019, arXiv 1910.07467, eq. 4,
 * with ε under the root):
 *
 *     y[n][i] = x[n][i] · gain[i] / √(mean_j x[n][j]² + ε)
 *
 * @param x `[N][D]`
 * @param gain `[D]`
 * @throws RangeError where the shapes do not fit.
 *
 * @example
 * import { tensor1d, tensor2d } from '@tensorflow/tfjs-core'
 *
 * rmsNorm(tensor2d([[3, 4]]), tensor1d([1, 1]), { epsilon: 1e-6 }) // [[0.8485, 1.1314]]
 */
export function rmsNorm(x: Tensor2D, gain: Tensor1D, { epsilon }: RmsNormOptions): Tensor2D {
  checkShape('rmsNorm', 'gain', gain, [x.shape[1]])
  const [y] = differentiable({
    inputs: { x, gain },
    forward: () =>
      runFused(RmsNorm, { x, gain }, { epsilon }, () => [rmsNormComposition(x, gain, { epsilon })]),
    backward: ([dy], [savedX, savedGain]) => {
      const { dx, dgain } = rmsNormGradient(
        dy as Tensor2D,
        savedX as Tensor2D,
        savedGain as Tensor1D,
        { epsilon },
      )
      return [dx, dgain]
    },
  })
  return y as Tensor2D
}

/**
 * The gradient of `rmsNorm`, given the output's.
 *
 * @param dy `[N][D]`
 * @returns `dx[N][D]`, `dgain[D]`
 *
 * @example
 * import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const dy: Tensor2D, x: Tensor2D, gain: Tensor1D
 * const { dx, dgain } = rmsNormGradient(dy, x, gain, { epsilon: 1e-6 })
 */
export function rmsNormGradient(
  dy: Tensor2D,
  x: Tensor2D,
  gain: Tensor1D,
  options: RmsNormOptions,
): { dx: Tensor2D; dgain: Tensor1D } {
  const { epsilon } = options
  const [dx, dgain] = runFused(RmsNormGrad, { dy, x, gain }, { epsilon }, () =>
    rmsNormGradientComposition(dy, x, gain, options),
  )
  return { dx: dx as Tensor2D, dgain: dgain as Tensor1D }
}

/**
 * `rmsNorm` from standard operations, over the last axis of a tensor of any rank.
 *
 * @example
 * import { tensor1d, tensor2d } from '@tensorflow/tfjs-core'
 *
 * rmsNormComposition(tensor2d([[3, 4]]), tensor1d([1, 1]), { epsilon: 1e-6 })
 */
export function rmsNormComposition<T extends Tensor>(
  x: T,
  gain: Tensor1D,
  { epsilon }: RmsNormOptions,
): T {
  return mul(mul(x, inverseRoot(x, epsilon)), gain)
}

/**
 * `rmsNormGradient` from standard operations, over the last axis: `[dx, dgain]`.
 *
 * @example
 * import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const dy: Tensor2D, x: Tensor2D, gain: Tensor1D
 * const [dx, dgain] = rmsNormGradientComposition(dy, x, gain, { epsilon: 1e-6 })
 */
export function rmsNormGradientComposition(
  dy: Tensor,
  x: Tensor,
  gain: Tensor1D,
  { epsilon }: RmsNormOptions,
): Tensor[] {
  const scale = inverseRoot(x, epsilon)
  const normalized = mul(x, scale)
  const dnormalized = mul(dy, gain)
  const along = mean(mul(dnormalized, normalized), -1, true)
  const dx = mul(sub(dnormalized, mul(normalized, along)), scale)
  const rows = Array.from({ length: x.rank - 1 }, (_, axis) => axis)
  return [dx, sum(mul(dy, normalized), rows)]
}

function inverseRoot(x: Tensor, epsilon: number): Tensor {
  return rsqrt(add(mean(square(x), -1, true), epsilon))
}
