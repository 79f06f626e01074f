import type { Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core'
import { afterAttentionComposition } from './after-attention.ts'
import { beforeAttentionComposition } from './before-attention.ts'
import type { BlockWeights } from './block-weights.ts'
import { decodeAttention } from './decode-attention.ts'
import type { DecodeAttentionAttrs, DecoderBlockShape } from './kernels.ts'

/** Keys and values of running sequences, `[slots][capacity][K · d]` each. */
export interface BlockCaches {
  readonly keys: Variable
  readonly values: Variable
}

/**
 * A decoder block for one new token of each of N sequences, appending to the caches: `x[N][D]` →
 * `[N][D]`. Within `tidy`.
 */
export function decodeBlock(
  x: Tensor2D,
  positions: Tensor1D,
  weights: BlockWeights,
  caches: BlockCaches,
  options: DecoderBlockShape & DecodeAttentionAttrs,
): Tensor2D {
  const { turnedQuery, turnedKey, value } = beforeAttentionComposition(
    x,
    positions,
    weights,
    options,
  )
  const attended = decodeAttention(
    turnedQuery,
    turnedKey,
    value,
    caches.keys,
    caches.values,
    options,
  )
  return afterAttentionComposition(attended, x, weights, options).output
}
