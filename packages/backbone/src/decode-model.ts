import { DecodeTokens, hasFusedKernel, isStored, packWeight } from '@icrl/tfjs-ops'
import type { BlockWeights, DecodeModel, LinearLayer, StoredMatrix } from '@icrl/tfjs-ops'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import type { DecoderWeights } from './decoder-weights.ts'

/**
 * Multiply-adds that a call may take: a few milliseconds of a processor's cores, so that the event
 * loop is not held for longer.
 */
const WORK_AT_ONCE = 1.5e9
/** Fewer sequences than this take about as long: the weights have to be read. */
const FEW_SEQUENCES = 32
const MOST_STEPS = 8

/**
 * A decoder's weights as decode steps read them: the matrices also in the backend's own order, as
 * far as `limit` bytes go.
 */
export class PackedModel implements DecodeModel {
  readonly embedding: Tensor2D | StoredMatrix
  readonly blocks: readonly BlockWeights[]
  readonly norm: Tensor1D
  readonly head: LinearLayer
  readonly #copies: Tensor1D[] = []
  #weights = 0
  #stored = false
  #left: number

  constructor({ embedding, blocks, norm, head }: DecoderWeights, limit: number) {
    this.#left = limit
    this.embedding = embedding
    this.norm = norm
    this.head = this.#pack({ weight: head })
    this.blocks = blocks.map((block) => ({
      ...block,
      query: this.#pack(block.query),
      key: this.#pack(block.key),
      value: this.#pack(block.value),
      output: this.#pack(block.output),
      gate: this.#pack(block.gate),
      up: this.#pack(block.up),
      down: this.#pack(block.down),
    }))
  }

  /**
   * Decode steps of so many sequences to take in one call: where each costs little, several, so
   * that a call's own cost does not count.
   */
  stepsAtOnce(sequences: number): number {
    if (this.#stored || !hasFusedKernel(DecodeTokens)) return 1
    const work = Math.max(sequences, FEW_SEQUENCES) * this.#weights
    return Math.min(MOST_STEPS, Math.max(1, Math.floor(WORK_AT_ONCE / work)))
  }

  dispose(): void {
    for (const copy of this.#copies) copy.dispose()
  }

  #pack(layer: LinearLayer): LinearLayer {
    const { weight } = layer
    const size = weight.shape[0] * weight.shape[1]
    this.#weights += size
    if (isStored(weight)) {
      this.#stored = true
      return layer
    }
    const packed = 4 * size > this.#left ? undefined : packWeight(weight)
    if (packed === undefined) return layer
    this.#left -= 4 * size
    this.#copies.push(packed)
    return { ...layer, packed }
  }
}
