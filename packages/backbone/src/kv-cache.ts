import { fill, gather, pad, reshape, tensor1d, tidy, variable } from '@tensorflow/tfjs-core'
import type { BlockCaches } from '@icrl/tfjs-ops'
import type { Variable } from '@tensorflow/tfjs-core'

/** How a cache is laid out. */
export interface CacheShape {
  readonly layers: number
  /** Width K · d of a row. */
  readonly width: number
}

/** Keys and values of running generations, one slot per generation. */
export class KeyValueCache {
  /** One entry per layer, `[slots][capacity][K · d]`. */
  readonly blocks: BlockCaches[] = []
  readonly #shape: CacheShape
  #slots = 0
  #capacity = 0

  constructor(shape: CacheShape) {
    this.#shape = shape
  }

  get slots(): number {
    return this.#slots
  }

  /** Rows a slot can hold. */
  get capacity(): number {
    return this.#capacity
  }

  /**
   * Re-allocates the cache; the contents of the `kept` slots move to slots 0, 1, … in that order.
   */
  resize(slots: number, capacity: number, kept: readonly number[]): void {
    for (let layer = 0; layer < this.#shape.layers; layer++) {
      const before = this.blocks[layer] as BlockCaches | undefined
      this.blocks[layer] = {
        keys: this.#moved(before?.keys, slots, capacity, kept),
        values: this.#moved(before?.values, slots, capacity, kept),
      }
    }
    this.#slots = slots
    this.#capacity = capacity
  }

  #moved(
    cache: Variable | undefined,
    slots: number,
    capacity: number,
    kept: readonly number[],
  ): Variable {
    const moved = tidy(() => {
      if (cache === undefined || kept.length === 0)
        return fill([slots, capacity, this.#shape.width], 0)
      const rows = gather(cache, tensor1d([...kept], 'int32'))
      const padding: [number, number][] = [
        [0, slots - kept.length],
        [0, capacity - this.#capacity],
        [0, 0],
      ]
      return reshape(pad(rows, padding), [slots, capacity, this.#shape.width])
    })
    cache?.dispose()
    const fresh = variable(moved, false)
    moved.dispose()
    return fresh
  }

  dispose(): void {
    for (const { keys, values } of this.blocks) {
      keys.dispose()
      values.dispose()
    }
    this.blocks.length = 0
    this.#slots = 0
    this.#capacity = 0
  }
}
