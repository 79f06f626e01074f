import { add, keep } from '@tensorflow/tfjs-core'
import type { Tensor } from '@tensorflow/tfjs-core'

/**
 * Gradients by parameter name, summed in the order they are added. The sum owns its tensors, which
 * outlive `tidy` scopes.
 */
export class GradientSum {
  readonly #sums = new Map<string, Tensor>()

  /** Adds a gradient and takes ownership of it. */
  add(name: string, gradient: Tensor): void {
    const before = this.#sums.get(name)
    if (before === undefined) {
      this.#sums.set(name, keep(gradient))
      return
    }
    this.#sums.set(name, keep(add(before, gradient)))
    before.dispose()
    gradient.dispose()
  }

  get(name: string): Tensor | undefined {
    return this.#sums.get(name)
  }

  get size(): number {
    return this.#sums.size
  }

  /** Disposes of all sums. */
  clear(): void {
    for (const gradient of this.#sums.values()) gradient.dispose()
    this.#sums.clear()
  }
}
