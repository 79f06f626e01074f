import type { Tensor1D } from '@tensorflow/tfjs-core'
import { checkShape } from './check-shape.ts'
import type { DecoderBlockShape } from './kernels.ts'
import { checkLinear, type LinearLayer } from './linear.ts'

/** The weights of a decoder block with RMSNorm, rotary embedding and SwiGLU. */
export interface BlockWeights {
  /** `[D]` */
  readonly attentionNorm: Tensor1D
  /** `[H · d][D]` */
  readonly query: LinearLayer
  /** `[K · d][D]` */
  readonly key: LinearLayer
  /** Projection of the values. */
  readonly value: LinearLayer
  /** `[D][H · d]` */
  readonly output: LinearLayer
  /** `[d]`, Qwen3's norms of each head */
  readonly queryNorm?: Tensor1D
  /** Gains of the keys' norm, where there is one. */
  readonly keyNorm?: Tensor1D
  /** `[D]` */
  readonly feedForwardNorm: Tensor1D
  /** `[F][D]` */
  readonly gate: LinearLayer
  /** The MLP's second input, which the gate multiplies. */
  readonly up: LinearLayer
  /** `[D][F]` */
  readonly down: LinearLayer
}

/** Names of a block's matrices. */
export const BLOCK_MATRICES = ['query', 'key', 'value', 'output', 'gate', 'up', 'down'] as const
/** Names of a block's norms. */
export const BLOCK_NORMS = ['attentionNorm', 'queryNorm', 'keyNorm', 'feedForwardNorm'] as const

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
  } as const
  for (const name of BLOCK_MATRICES) checkLinear(op, name, weights[name], matrices[name])
}
