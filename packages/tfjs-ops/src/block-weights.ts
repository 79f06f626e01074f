import { add } from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { checkShape } from './check-shape.ts'
import type { DecoderBlockShape } from './kernels.ts'
import { linearProduct } from './linear-product.ts'
import type { Bf16Matrix } from './bf16-matrix.ts'

/**
 * A matrix `[out][in]`, an optional bias `[out]`, and what `weightPanels` makes of a float32 matrix.
 */
export interface LinearLayer {
  readonly weight: Tensor2D | Bf16Matrix
  readonly bias?: Tensor1D
  readonly panels?: Tensor1D
}

/** The weights of a decoder block with RMSNorm, rotary embedding and SwiGLU. */
export interface BlockWeights {
  /** `[D]` */
  readonly attentionNorm: Tensor1D
  /** `[H · d][D]` */
  readonly query: LinearLayer
  /** `[K · d][D]` */
  readonly key: LinearLayer
  readonly value: LinearLayer
  /** `[D][H · d]` */
  readonly output: LinearLayer
  /** `[d]`, Qwen3's norms of each head */
  readonly queryNorm?: Tensor1D
  readonly keyNorm?: Tensor1D
  /** `[D]` */
  readonly feedForwardNorm: Tensor1D
  /** `[F][D]` */
  readonly gate: LinearLayer
  readonly up: LinearLayer
  /** `[D][F]` */
  readonly down: LinearLayer
}

/** Names of a block's matrices. */
export const BLOCK_MATRICES = ['query', 'key', 'value', 'output', 'gate', 'up', 'down'] as const
/** Names of a block's norms. */
export const BLOCK_NORMS = ['attentionNorm', 'queryNorm', 'keyNorm', 'feedForwardNorm'] as const

/** `x · weightᵀ + bias` */
export function linear(x: Tensor2D, { weight, bias }: LinearLayer): Tensor2D {
  const y = linearProduct(x, weight)
  if (bias === undefined) return y
  const biased: Tensor2D = add(y, bias)
  y.dispose()
  return biased
}

/** Throws a `RangeError` that names the weight whose shape does not fit a block of this width. */
export function checkBlock(
  op: string,
  width: number,
  weights: BlockWeights,
  { heads, keyValueHeads, headDim }: DecoderBlockShape,
): void {
  const [queries, keys, hidden] = [
    heads * headDim,
    keyValueHeads * headDim,
    weights.gate.weight.shape[0],
  ]
  const norms = {
    attentionNorm: width,
    queryNorm: headDim,
    keyNorm: headDim,
    feedForwardNorm: width,
  }
  for (const name of BLOCK_NORMS) {
    const norm = weights[name]
    if (norm !== undefined) checkShape(op, name, norm, [norms[name]])
  }
  const matrices = {
    query: [queries, width],
    key: [keys, width],
    value: [keys, width],
    output: [width, queries],
    gate: [hidden, width],
    up: [hidden, width],
    down: [width, hidden],
  }
  for (const name of BLOCK_MATRICES) {
    const { weight, bias } = weights[name]
    checkShape(op, name, weight, matrices[name])
    if (bias !== undefined) checkShape(op, `${name}Bias`, bias, [matrices[name][0]])
  }
}
