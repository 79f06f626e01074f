import { DecodeTokens, hasFusedKernel, weightPanels } from '@icrl/tfjs-ops'
import type { BlockWeights, DecodeModel, LinearLayer, Bf16Matrix } from '@icrl/tfjs-ops'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import type { Decoder } from './decoder.ts'
import { type FrozenPanels, panelBytesOf } from './frozen-panels.ts'

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
 * up to `limit` bytes of copies. Copies of a base that never changes stay with it.
 */
export class PanelModel implements DecodeModel {
  readonly embedding: Tensor2D | Bf16Matrix
  readonly blocks: readonly BlockWeights[]
  readonly norm: Tensor1D
  readonly head: LinearLayer
  readonly #copies: Tensor1D[] = []
  readonly #frozen: FrozenPanels | undefined
  readonly #limit: number
  #bytes = 0
  #weights = 0

  constructor({ weights, frozenPanels }: Decoder, limit: number) {
    const { embedding, blocks, norm, head } = weights
    this.#frozen = frozenPanels
    this.#limit = limit
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
    if (!hasFusedKernel(DecodeTokens)) return 1
    const work = Math.max(sequences, FEW_SEQUENCES) * this.#weights
    return Math.min(MOST_STEPS, Math.max(1, Math.floor(WORK_AT_ONCE / work)))
  }

  dispose(): void {
    for (const copy of this.#copies) copy.dispose()
  }

  #withPanels({ adapter, ...layer }: LinearLayer): LinearLayer {
    this.#weights += layer.weight.shape[0] * layer.weight.shape[1]
    const panels = this.#frozen
      ? this.#frozen.of(layer.weight, this.#limit)
      : this.#copyOf(layer.weight)
    return {
      ...layer,
      ...(panels && { panels }),
      ...(adapter && {
        adapter: {
          ...adapter,
          aPanels: this.#copyOf(adapter.a),
          bPanels: this.#copyOf(adapter.b),
        },
      }),
    }
  }

  #copyOf(weight: Tensor2D | Bf16Matrix): Tensor1D | undefined {
    const bytes = panelBytesOf(weight)
    const panels = this.#bytes + bytes > this.#limit ? undefined : weightPanels(weight)
    if (panels === undefined) return undefined
    this.#bytes += bytes
    this.#copies.push(panels)
    return panels
  }
}
