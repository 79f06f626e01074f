import {
  add,
  cast,
  concat,
  cos,
  expandDims,
  mul,
  neg,
  outerProduct,
  reshape,
  sin,
  slice,
  sub,
  tensor1d,
} from '@tensorflow/tfjs-core'
import type { NamedTensorMap, Tensor, Tensor1D, Tensor2D, Tensor3D } from '@tensorflow/tfjs-core'
import { checkShape } from './check-shape.ts'
import { differentiable } from './differentiable.ts'
import { Rotary, type RotaryAttrs, RotaryGrad } from './kernels.ts'
import { rmsNormComposition, rmsNormGradientComposition } from './rms-norm.ts'
import { runFused } from './run-fused.ts'

/**
 * `headDim` d, `epsilon` of the norm of each head, `inverseFrequencies[d / 2]` in radians per
 * position.
 */
export type RotaryOptions = RotaryAttrs

/**
 * Rotary position embedding (Su et al. 2021, arXiv 2104.09864, eq. 34) in the rotate-half form:
 * component i of a head is paired with component i + d/2 and the pair rotated by
 * `positions[n] · inverseFrequencies[i]`. Where `gain[d]` is given, each head is RMS-normalized
 * first (Qwen3's Q/K norm).
 *
 * @param x `[N][heads · d]`
 * @param positions int32 `[N]`
 * @throws RangeError where the shapes do not fit.
 *
 * @example
 * import { tensor1d, tensor2d } from '@tensorflow/tfjs-core'
 *
 * const options = { headDim: 2, epsilon: 0, inverseFrequencies: Float32Array.of(Math.PI / 2) }
 * rotary(tensor2d([[1, 0]]), tensor1d([1], 'int32'), undefined, options) // [[0, 1]]
 */
export function rotary(
  x: Tensor2D,
  positions: Tensor1D,
  gain: Tensor1D | undefined,
  options: RotaryOptions,
): Tensor2D {
  checkRotary(x, positions, gain, options)
  const [y] = differentiable({
    inputs: gain === undefined ? { x } : { x, gain },
    constants: [positions],
    forward: () =>
      runFused(
        Rotary,
        gain === undefined ? { x, positions } : { x, positions, gain },
        options,
        () => [rotaryComposition(x, positions, gain, options)],
      ),
    backward: ([dy], [savedX, savedGain], [savedPositions]) => {
      const gradients = rotaryGradient(
        dy as Tensor2D,
        savedX as Tensor2D,
        savedPositions as Tensor1D,
        savedGain as Tensor1D | undefined,
        options,
      )
      return gradients.dgain === undefined ? [gradients.dx] : [gradients.dx, gradients.dgain]
    },
  })
  return y as Tensor2D
}

/**
 * The gradient of `rotary`, given the output's.
 *
 * @param dy `[N][heads · d]`
 * @returns `dx` of x's shape, and `dgain[d]` where the forward had a gain.
 *
 * @example
 * import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const dy: Tensor2D,
 *   x: Tensor2D,
 *   positions: Tensor1D,
 *   gain: Tensor1D,
 *   options: RotaryOptions
 * const { dx, dgain } = rotaryGradient(dy, x, positions, gain, options)
 */
export function rotaryGradient(
  dy: Tensor2D,
  x: Tensor2D,
  positions: Tensor1D,
  gain: Tensor1D | undefined,
  options: RotaryOptions,
): { dx: Tensor2D; dgain?: Tensor1D } {
  const inputs: NamedTensorMap =
    gain === undefined ? { dy, x, positions } : { dy, x, positions, gain }
  const [dx, dgain] = runFused(RotaryGrad, inputs, options, () =>
    rotaryGradientComposition(dy, x, positions, gain, options),
  )
  return { dx: dx as Tensor2D, dgain: dgain as Tensor1D | undefined }
}

/**
 * `rotary` from standard operations.
 *
 * @example
 * import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const x: Tensor2D, positions: Tensor1D, options: RotaryOptions
 * const y = rotaryComposition(x, positions, undefined, options)
 */
export function rotaryComposition(
  x: Tensor2D,
  positions: Tensor1D,
  gain: Tensor1D | undefined,
  options: RotaryOptions,
): Tensor2D {
  const heads = splitHeads(x, options.headDim)
  const normalized = gain === undefined ? heads : rmsNormComposition(heads, gain, options)
  const [cosine, sine] = rotation(positions, options)
  return reshape(turn(normalized, cosine, sine), x.shape)
}

/**
 * `rotaryGradient` from standard operations: rotates back, then goes through the norm; `[dx]` or
 * `[dx, dgain]`.
 *
 * @example
 * import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const dy: Tensor2D,
 *   x: Tensor2D,
 *   positions: Tensor1D,
 *   gain: Tensor1D,
 *   options: RotaryOptions
 * const [dx, dgain] = rotaryGradientComposition(dy, x, positions, gain, options)
 */
export function rotaryGradientComposition(
  dy: Tensor2D,
  x: Tensor2D,
  positions: Tensor1D,
  gain: Tensor1D | undefined,
  options: RotaryOptions,
): Tensor[] {
  const [cosine, sine] = rotation(positions, options)
  const rotatedBack = turn(splitHeads(dy, options.headDim), cosine, neg(sine))
  if (gain === undefined) return [reshape(rotatedBack, x.shape)]
  const [dx, dgain] = rmsNormGradientComposition(
    rotatedBack,
    splitHeads(x, options.headDim),
    gain,
    options,
  )
  return [reshape(dx, x.shape), dgain]
}

function splitHeads(x: Tensor2D, headDim: number): Tensor3D {
  return reshape(x, [x.shape[0], x.shape[1] / headDim, headDim])
}

function rotation(
  positions: Tensor1D,
  { inverseFrequencies }: RotaryOptions,
): [cosine: Tensor3D, sine: Tensor3D] {
  const angles = expandDims(
    outerProduct(cast(positions, 'float32'), tensor1d(inverseFrequencies)),
    1,
  ) as Tensor3D
  return [cos(angles), sin(angles)]
}

function turn(x: Tensor3D, cosine: Tensor3D, sine: Tensor3D): Tensor3D {
  const [rows, heads, headDim] = x.shape
  const first = slice(x, [0, 0, 0], [rows, heads, headDim / 2])
  const second = slice(x, [0, 0, headDim / 2], [rows, heads, headDim / 2])
  return concat(
    [sub(mul(first, cosine), mul(second, sine)), add(mul(second, cosine), mul(first, sine))],
    2,
  )
}

/**
 * Throws a `RangeError` if the width does not split into heads or there is not one position per
 * row.
 */
export function checkRotary(
  x: { readonly shape: readonly number[] },
  positions: Tensor1D,
  gain: Tensor1D | undefined,
  options: RotaryOptions,
): void {
  const { headDim, inverseFrequencies } = options
  if (
    headDim % 2 !== 0 ||
    x.shape[1] % headDim !== 0 ||
    inverseFrequencies.length !== headDim / 2
  ) {
    throw new RangeError(
      `rotary: width ${x.shape[1]}, headDim ${headDim} and ${inverseFrequencies.length} inverse frequencies do not fit: ` +
        'headDim must be even, divide the width and have headDim / 2 frequencies',
    )
  }
  checkShape('rotary', 'positions', positions, [x.shape[0]])
  if (gain !== undefined) checkShape('rotary', 'gain', gain, [headDim])
}
