import { type Bf16Matrix, isBf16, weightPanels } from '@icrl/tfjs-ops'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'

/**
 * Copies of weights in the order in which decode steps read them fastest. They are made when they
 * are first asked for, and kept until they are disposed of.
 */
export class PanelCopies {
  readonly #copies = new Map<object, Tensor1D>()
  #bytes = 0

  /**
   * @param limit most bytes of all copies together; what does not fit is left out
   * @returns those there are, by weight; none if the backend has no such order
   */
  of(weights: readonly (Tensor2D | Bf16Matrix)[], limit: number): ReadonlyMap<object, Tensor1D> {
    const missing = weights.filter((weight) => {
      if (this.#copies.has(weight)) return false
      const bytes = bytesOf(weight)
      if (this.#bytes + bytes > limit) return false
      this.#bytes += bytes
      return true
    })
    const made = weightPanels(missing) ?? []
    made.forEach((panels, i) => this.#copies.set(missing[i], panels))
    return this.#copies
  }

  dispose(): void {
    for (const copy of this.#copies.values()) copy.dispose()
    this.#copies.clear()
    this.#bytes = 0
  }
}

/** About how many bytes a weight's copy takes. */
function bytesOf(weight: Tensor2D | Bf16Matrix): number {
  const [out, into] = weight.shape
  return (isBf16(weight) ? 2 : 4) * out * into
}
