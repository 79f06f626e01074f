import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { outputAndMlpComposition } from './output-and-mlp.ts'
import { qkvProjectionComposition } from './qkv-projection.ts'
import type { BlockWeights } from './block-weights.ts'
import type { BlockCaches } from './cache-pages.ts'
import { attendTokens } from './decode-attention.ts'
import type { DecodeAttentionAttrs, DecoderBlockShape } from './kernels.ts'

/**
 * A decoder block for one new token of each of N sequences; it appends to the caches: `x[N][D]` →
 * `[N][D]`. Checks nothing. Call within `tidy`.
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
  const attended = attendTokens(rotatedQuery, rotatedKey, value, caches, options)
  return outputAndMlpComposition(attended, x, weights, options).output
}
