import { type Bf16Matrix, isBf16, weightPanels } from '@icrl/tfjs-ops'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'

/**
 * Copies of weights in the order in which decode steps read them fastest, made when they are first
 * asked for and kept as long as the weights: these never change.
 */
export class FrozenPanels {
  readonly #copies = new Map<object, Tensor1D>()
  #bytes = 0

  /**
   * @param limit most bytes of all copies together
   * @returns undefined if they would be more, or if the backend has no such order
   */
  of(weight: Tensor2D | Bf16Matrix, limit: number): Tensor1D | undefined {
    const known = this.#copies.get(weight)
    if (known !== undefined) return known
    const bytes = panelBytesOf(weight)
    const made = this.#bytes + bytes > limit ? undefined : weightPanels(weight)
    if (made === undefined) return undefined
    this.#bytes += bytes
    this.#copies.set(weight, made)
    return made
  }

  dispose(): void {
    for (const copy of this.#copies.values()) copy.dispose()
    this.#copies.clear()
    this.#bytes = 0
  }
}

/** About how many bytes a weight's copy takes. */
export function panelBytesOf(weight: Tensor2D | Bf16Matrix): number {
  const [out, into] = weight.shape
  return (isBf16(weight) ? 2 : 4) * out * into
}
