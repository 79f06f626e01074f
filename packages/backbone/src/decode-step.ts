import { tidy } from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { decodeBlock, embedding, rmsNorm } from '@icrl/tfjs-ops'
import type { Decoder } from './decoder.ts'
import type { KeyValueCache } from './kv-cache.ts'
import type { PackedWeights } from './packed-weights.ts'

/** The newest token of each running generation. */
export interface DecodeInputs {
  /** int32 `[n]` */
  readonly ids: Tensor1D
  /** int32 `[n]` places of these tokens in their sequences. */
  readonly positions: Tensor1D
  /** `[n]` cache slots, and the rows filled in each: the same numbers as `positions`. */
  readonly slots: Int32Array
  readonly lengths: Int32Array
}

/** Feeds one token a generation, appending to the cache: `hidden[n][D]` after the final norm. */
export function decodeStep({ weights, shape }: Decoder, { blocks }: PackedWeights, cache: KeyValueCache, { ids, positions, slots, lengths }: DecodeInputs): Tensor2D {
  const options = { ...shape.attention, ...shape.rotary, slots, lengths }
  return tidy(() => {
    let residual = embedding(weights.embedding, ids)
    blocks.forEach((block, layer) => {
      residual = decodeBlock(residual, positions, block, { keys: cache.keys[layer], values: cache.values[layer] }, options)
    })
    return rmsNorm(residual, weights.norm, shape.rotary)
  })
}
