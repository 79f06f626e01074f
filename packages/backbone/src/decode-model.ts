import { currentBackendFacts, DecodeTokens, hasFusedKernel } from '@icrl/tfjs-ops'
import type { BlockWeights, DecodeModel, LinearLayer, Bf16Matrix } from '@icrl/tfjs-ops'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import type { Decoder } from './decoder.ts'
import { PanelCopies } from './panel-copies.ts'

/**
 * Multiply-adds that one call may take where it blocks the event loop: a few milliseconds on all
 * cores.
 */
const WORK_AT_ONCE = 1.5e9
/**
 * A step of fewer sequences than this takes about as long as one of this many: reading the weights
 * dominates.
 */
const FEW_SEQUENCES = 32
const MOST_STEPS = 8

const BLOCK_LAYERS = ['query', 'key', 'value', 'output', 'gate', 'up', 'down'] as const

/**
 * A decoder's weights as decode steps read them. Matrices are copied into the backend's own order,
 * up to `limit` bytes of copies. Copies of a base that never changes stay with it.
 */
export class PanelModel implements DecodeModel {
  readonly embedding: Tensor2D | Bf16Matrix
  readonly blocks: readonly BlockWeights[]
  readonly norm: Tensor1D
  readonly head: LinearLayer
  readonly #copies = new PanelCopies()
  readonly #weights: number

  constructor({ weights, frozenPanels }: Decoder, limit: number) {
    const { embedding, blocks, norm, head } = weights
    const layers = blocks.flatMap((block) => BLOCK_LAYERS.map((name) => block[name]))
    const matrices = [head, ...layers.map(({ weight }) => weight)]
    const panels = (frozenPanels ?? this.#copies).of(matrices, limit)
    const adapters = layers.flatMap(({ adapter }) => (adapter ? [adapter.a, adapter.b] : []))
    const ofAdapters = this.#copies.of(adapters, limit)
    const withPanels = ({ adapter, ...layer }: LinearLayer): LinearLayer => ({
      ...layer,
      panels: panels.get(layer.weight),
      ...(adapter && {
        adapter: {
          ...adapter,
          aPanels: ofAdapters.get(adapter.a),
          bPanels: ofAdapters.get(adapter.b),
        },
      }),
    })
    this.#weights = matrices.reduce((sum, { shape }) => sum + shape[0] * shape[1], 0)
    this.embedding = embedding
    this.norm = norm
    this.head = withPanels({ weight: head })
    this.blocks = blocks.map((block) => ({
      ...block,
      query: withPanels(block.query),
      key: withPanels(block.key),
      value: withPanels(block.value),
      output: withPanels(block.output),
      gate: withPanels(block.gate),
      up: withPanels(block.up),
      down: withPanels(block.down),
    }))
  }

  /**
   * How many decode steps to take in one call with this many sequences: several where each is
   * cheap or the event loop goes on meanwhile, so that the overhead of a call does not matter.
   */
  stepsAtOnce(sequences: number): number {
    if (!hasFusedKernel(DecodeTokens)) return 1
    if (currentBackendFacts().asynchronous) return MOST_STEPS
    const work = Math.max(sequences, FEW_SEQUENCES) * this.#weights
    return Math.min(MOST_STEPS, Math.max(1, Math.floor(WORK_AT_ONCE / work)))
  }

  dispose(): void {
    this.#copies.dispose()
  }
}
