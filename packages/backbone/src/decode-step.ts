import { add, tidy } from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import { decodeAttention, embedding, rmsNorm } from '@icrl/tfjs-ops'
import { feedForward, project } from './block.ts'
import type { Decoder } from './decoder.ts'
import type { KeyValueCache } from './kv-cache.ts'
import { linear } from './linear.ts'

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
export function decodeStep({ weights, shape }: Decoder, cache: KeyValueCache, { ids, positions, slots, lengths }: DecodeInputs): Tensor2D {
  return tidy(() => {
    let residual = embedding(weights.embedding, ids)
    weights.blocks.forEach((block, layer) => {
      const { turnedQuery, turnedKey, value } = project(residual, positions, block, shape)
      const options = { ...shape.attention, slots, lengths }
      const attended = decodeAttention(turnedQuery, turnedKey, value, cache.keys[layer], cache.values[layer], options)
      const middle: Tensor2D = add(residual, linear(attended, block.output))
      residual = feedForward(middle, block, shape).output
    })
    return rmsNorm(residual, weights.norm, shape.rotary)
  })
}
