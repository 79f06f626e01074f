import { DecodeTokens, hasFusedKernel, isBf16, weightPanels } from '@icrl/tfjs-ops'
import type { BlockWeights, DecodeModel, LinearLayer, Bf16Matrix } from '@icrl/tfjs-ops'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import type { DecoderWeights } from './decoder-weights.ts'

/**
 * Multiply-adds that one call may take: a few milliseconds on all cores, so that the event loop is
 * not blocked for longer.
 */
const WORK_AT_ONCE = 1.5e9
/**
 * A step of fewer sequences than this takes about as long as one of this many: reading the weights
 * dominates.
 */
const FEW_SEQUENCES = 32
const MOST_STEPS = 8

/**
 * A decoder's weights as decode steps read them. Matrices are copied into the backend's own order,
 * up to `limit` bytes of copies.
 */
export class PanelModel implements DecodeModel {
  readonly embedding: Tensor2D | Bf16Matrix
  readonly blocks: readonly BlockWeights[]
  readonly norm: Tensor1D
  readonly head: LinearLayer
  readonly #copies: Tensor1D[] = []
  #weights = 0
  #isComposed = false
  #left: number

  constructor({ embedding, blocks, norm, head }: DecoderWeights, limit: number) {
    this.#left = limit
    this.embedding = embedding
    this.norm = norm
    this.head = this.#withPanels({ weight: head })
    this.blocks = blocks.map((block) => ({
      ...block,
      query: this.#withPanels(block.query),
      key: this.#withPanels(block.key),
      value: this.#withPanels(block.value),
      output: this.#withPanels(block.output),
      gate: this.#withPanels(block.gate),
      up: this.#withPanels(block.up),
      down: this.#withPanels(block.down),
    }))
  }

  /**
   * How many decode steps to take in one call with this many sequences: several where each is
   * cheap, so that the overhead of a call does not matter.
   */
  stepsAtOnce(sequences: number): number {
    if (this.#isComposed || !hasFusedKernel(DecodeTokens)) return 1
    const work = Math.max(sequences, FEW_SEQUENCES) * this.#weights
    return Math.min(MOST_STEPS, Math.max(1, Math.floor(WORK_AT_ONCE / work)))
  }

  dispose(): void {
    for (const copy of this.#copies) copy.dispose()
  }

  #withPanels(layer: LinearLayer): LinearLayer {
    const { weight } = layer
    const size = weight.shape[0] * weight.shape[1]
    this.#weights += size
    if (isBf16(weight) || layer.adapter !== undefined) this.#isComposed = true
    if (isBf16(weight)) return layer
    const panels = 4 * size > this.#left ? undefined : weightPanels(weight)
    if (panels === undefined) return layer
    this.#left -= 4 * size
    this.#copies.push(panels)
    return { ...layer, panels }
  }
}
