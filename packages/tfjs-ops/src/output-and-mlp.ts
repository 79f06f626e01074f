import { add, tidy } from '@tensorflow/tfjs-core'
import type { NamedTensorMap, Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { type Bf16Matrix, inFloat32 } from './bf16-matrix.ts'
import type { BlockWeights } from './block-weights.ts'
import { checkShape } from './check-shape.ts'
import { type LayersAttrs, OutputAndMlp, OutputAndMlpGrad } from './kernels.ts'
import { checkLinear, layerInputs, layerScales, linear, linearInputGradient } from './linear.ts'
import { rmsNorm, rmsNormGradient, type RmsNormOptions } from './rms-norm.ts'
import { runFused } from './run-fused.ts'
import { swiglu, swigluGradient } from './swiglu.ts'

/** The weights of a block from its attention on. */
export type OutputAndMlpWeights = Pick<
  BlockWeights,
  'output' | 'feedForwardNorm' | 'gate' | 'up' | 'down'
>

/** A block's output and what its gradient needs. */
export interface OutputAndMlpOutputs {
  /** `[N][D]` the residual stream between the attention and the feed-forward part. */
  readonly middle: Tensor2D
  /** `[N][F]` */
  readonly gate: Tensor2D
  /** What the up matrix gave. */
  readonly up: Tensor2D
  /** `[N][D]` */
  readonly output: Tensor2D
}

/**
 * What `outputAndMlpGradient` returns. The gradients of gate, up, down and output are
 * `dgateᵀ · normed`, `dupᵀ · normed`, `doutputᵀ · activated`, `dmiddleᵀ · attended`.
 */
export interface OutputAndMlpGradient {
  /** `[N][D]`, also the gradient of the residual stream */
  readonly dmiddle: Tensor2D
  /** `[N][H · d]` */
  readonly dattended: Tensor2D
  /** `[N][F]` */
  readonly activated: Tensor2D
  /** `[N][D]` */
  readonly normed: Tensor2D
  /** `[N][F]` */
  readonly dgate: Tensor2D
  /** Of the up matrix. */
  readonly dup: Tensor2D
  /** `[D]` */
  readonly dfeedForwardNorm: Tensor1D
}

/**
 * A decoder block from its attention on: the output projection and its residual sum, RMSNorm,
 * `silu(gate) · up`, the down projection and its residual sum. It records no gradient on the tape:
 * use `outputAndMlpGradient`.
 *
 * @param attended `[N][H · d]`
 * @param residual `[N][D]`
 * @throws RangeError where shapes do not fit.
 *
 * @example
 * import type { Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const attended: Tensor2D, residual: Tensor2D, weights: BlockWeights
 * const { output } = outputAndMlp(attended, residual, weights, { epsilon: 1e-6 })
 */
export function outputAndMlp(
  attended: Tensor2D,
  residual: Tensor2D,
  weights: OutputAndMlpWeights,
  { epsilon }: RmsNormOptions,
): OutputAndMlpOutputs {
  checkWeights('outputAndMlp', attended, residual, weights)
  const inputs = { attended, residual, ...weightInputs(weights) }
  const attributes = { epsilon, scales: scalesOf(weights) }
  const outputs = runFused(OutputAndMlp, inputs, attributes, () => {
    const { middle, gate, up, output } = outputAndMlpComposition(attended, residual, weights, {
      epsilon,
    })
    return [middle, gate, up, output]
  })
  const [middle, gate, up, output] = outputs as Tensor2D[]
  return { middle, gate, up, output }
}

/**
 * `outputAndMlp` from the operations it consists of.
 *
 * @example
 * import { tidy, type Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const attended: Tensor2D, residual: Tensor2D, weights: BlockWeights
 * const output = tidy(
 *   () => outputAndMlpComposition(attended, residual, weights, { epsilon: 1e-6 }).output,
 * )
 */
export function outputAndMlpComposition(
  attended: Tensor2D,
  residual: Tensor2D,
  weights: OutputAndMlpWeights,
  options: RmsNormOptions,
): OutputAndMlpOutputs {
  const middle: Tensor2D = add(residual, linear(attended, weights.output))
  const normed = rmsNorm(middle, weights.feedForwardNorm, options)
  const [gate, up] = [linear(normed, weights.gate), linear(normed, weights.up)]
  return { middle, gate, up, output: add(middle, linear(swiglu(gate, up), weights.down)) }
}

/**
 * The vector–Jacobian product of `outputAndMlp`. `adapterGradient` gives those of adapters.
 *
 * @param doutput `[N][D]`
 * @param forward what `outputAndMlp` returned; gate and up may be rounded to bf16
 * @throws RangeError if shapes do not fit.
 *
 * @example
 * import { matMul, type Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const doutput: Tensor2D, forward: OutputAndMlpOutputs, weights: BlockWeights
 * const { activated, dattended } = outputAndMlpGradient(doutput, forward, weights, {
 *   epsilon: 1e-6,
 * })
 * const ddown = matMul(doutput, activated, true, false)
 */
export function outputAndMlpGradient(
  doutput: Tensor2D,
  forward: {
    readonly middle: Tensor2D
    readonly gate: Tensor2D | Bf16Matrix
    readonly up: Tensor2D | Bf16Matrix
  },
  weights: OutputAndMlpWeights,
  { epsilon }: RmsNormOptions,
): OutputAndMlpGradient {
  const { middle, gate, up } = forward
  const [rows, width] = doutput.shape
  checkBlockWeights('outputAndMlpGradient', width, weights)
  checkShape('outputAndMlpGradient', 'middle', middle, [rows, width])
  for (const [name, tensor] of Object.entries({ gate, up }))
    checkShape('outputAndMlpGradient', name, tensor, [rows, weights.gate.weight.shape[0]])
  const attributes = {
    epsilon,
    scales: scalesOf(weights),
    attended: weights.output.weight.shape[1],
  }
  const outputs = tidy(() => {
    const floats = { middle, gate: inFloat32(gate), up: inFloat32(up) }
    const inputs = {
      dy: doutput,
      middle,
      gated: floats.gate,
      upped: floats.up,
      ...weightInputs(weights),
    }
    return runFused(OutputAndMlpGrad, inputs, attributes, () =>
      gradientComposition(doutput, floats, weights, { epsilon }),
    )
  })
  const [dmiddle, dattended, activated, normed, dgate, dup, dfeedForwardNorm] = outputs as [
    Tensor2D,
    Tensor2D,
    Tensor2D,
    Tensor2D,
    Tensor2D,
    Tensor2D,
    Tensor1D,
  ]
  return { dmiddle, dattended, activated, normed, dgate, dup, dfeedForwardNorm }
}

function gradientComposition(
  doutput: Tensor2D,
  { middle, gate, up }: Pick<OutputAndMlpOutputs, 'middle' | 'gate' | 'up'>,
  weights: OutputAndMlpWeights,
  options: RmsNormOptions,
): (Tensor1D | Tensor2D)[] {
  const { dgate, dup } = swigluGradient(linearInputGradient(doutput, weights.down), gate, up)
  const dnormed: Tensor2D = add(
    linearInputGradient(dgate, weights.gate),
    linearInputGradient(dup, weights.up),
  )
  const { dx, dgain } = rmsNormGradient(dnormed, middle, weights.feedForwardNorm, options)
  const dmiddle: Tensor2D = add(doutput, dx)
  return [
    dmiddle,
    linearInputGradient(dmiddle, weights.output),
    swiglu(gate, up),
    rmsNorm(middle, weights.feedForwardNorm, options),
    dgate,
    dup,
    dgain,
  ]
}

/** The kernels' norm and layers. */
function weightInputs({
  output,
  feedForwardNorm,
  gate,
  up,
  down,
}: OutputAndMlpWeights): NamedTensorMap {
  return {
    norm: feedForwardNorm,
    ...layerInputs('output', output),
    ...layerInputs('gate', gate),
    ...layerInputs('up', up),
    ...layerInputs('down', down),
  }
}

function scalesOf({ output, gate, up, down }: OutputAndMlpWeights): LayersAttrs['scales'] {
  return layerScales({ output, gate, up, down })
}

function checkWeights(
  op: string,
  attended: Tensor2D,
  residual: Tensor2D,
  weights: OutputAndMlpWeights,
): void {
  const [rows, width] = residual.shape
  checkShape(op, 'attended', attended, [rows, -1])
  checkLinear(op, 'output', weights.output, [width, attended.shape[1]])
  checkBlockWeights(op, width, weights)
}

function checkBlockWeights(
  op: string,
  width: number,
  { output, feedForwardNorm, gate, up, down }: OutputAndMlpWeights,
): void {
  const hidden = gate.weight.shape[0]
  checkLinear(op, 'output', output, [width, -1])
  checkShape(op, 'feedForwardNorm', feedForwardNorm, [width])
  checkLinear(op, 'gate', gate, [hidden, width])
  checkLinear(op, 'up', up, [hidden, width])
  checkLinear(op, 'down', down, [width, hidden])
}
