import type { Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core'
import { outputAndMlpComposition } from './output-and-mlp.ts'
import { qkvProjectionComposition } from './qkv-projection.ts'
import type { BlockWeights } from './block-weights.ts'
import { decodeAttention } from './decode-attention.ts'
import type { DecodeAttentionAttrs, DecoderBlockShape } from './kernels.ts'

/** Keys and values of running sequences, `[slots][capacity][K · d]` each. */
export interface BlockCaches {
  /** Keys of all slots. */
  readonly keys: Variable
  /** Values of all slots. */
  readonly values: Variable
}

/**
 * A decoder block for one new token of each of N sequences; it appends to the caches: `x[N][D]` →
 * `[N][D]`. Call within `tidy`.
 */
export function decodeBlock(
  x: Tensor2D,
  positions: Tensor1D,
  weights: BlockWeights,
  caches: BlockCaches,
  options: DecoderBlockShape & DecodeAttentionAttrs,
): Tensor2D {
  const { rotatedQuery, rotatedKey, value } = qkvProjectionComposition(
    x,
    positions,
    weights,
    options,
  )
  const attended = decodeAttention(
    rotatedQuery,
    rotatedKey,
    value,
    caches.keys,
    caches.values,
    options,
  )
  return outputAndMlpComposition(attended, x, weights, options).output
}
