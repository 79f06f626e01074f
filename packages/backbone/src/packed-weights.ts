import { isStored, packWeight } from '@icrl/tfjs-ops'
import type { DecodeBlockWeights, LinearLayer } from '@icrl/tfjs-ops'
import type { Tensor1D } from '@tensorflow/tfjs-core'
import type { DecoderWeights } from './decoder-weights.ts'

/** A decoder's weights as decode steps read them: the matrices also in the backend's own order, as far as `limit` bytes go. */
export class PackedWeights {
  readonly blocks: readonly DecodeBlockWeights[]
  /** Of the head; absent where the backend has no order of its own or the limit was reached. */
  readonly head: Tensor1D | undefined
  readonly #copies: Tensor1D[] = []
  #left: number

  constructor({ blocks, head }: DecoderWeights, limit: number) {
    this.#left = limit
    this.head = this.#pack(head)
    this.blocks = blocks.map((block) => {
      const layer = (linear: LinearLayer): LinearLayer => {
        const packed = this.#pack(linear.weight)
        return packed === undefined ? linear : { ...linear, packed }
      }
      const { query, key, value, output, gate, up, down } = block
      return { ...block, query: layer(query), key: layer(key), value: layer(value), output: layer(output), gate: layer(gate), up: layer(up), down: layer(down) }
    })
  }

  dispose(): void {
    for (const copy of this.#copies) copy.dispose()
  }

  #pack(weight: LinearLayer['weight']): Tensor1D | undefined {
    const bytes = 4 * weight.shape[0] * weight.shape[1]
    if (isStored(weight) || bytes > this.#left) return undefined
    const packed = packWeight(weight)
    if (packed === undefined) return undefined
    this.#left -= bytes
    this.#copies.push(packed)
    return packed
  }
}
