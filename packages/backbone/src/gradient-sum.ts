import {
  addEmbeddingGradient,
  addWeightGradient,
  embeddingGradient,
  type Bf16Matrix,
  weightGradient,
  type WeightGradient,
} from '@icrl/tfjs-ops'
import { add, tidy, variable } from '@tensorflow/tfjs-core'
import type { Tensor, Tensor1D, Tensor2D, Variable } from '@tensorflow/tfjs-core'

/**
 * Gradients by parameter name, summed in the order they are added. A matrix's gradient is added in
 * place where the backend can, so that it never exists twice. Nothing is computed for a parameter
 * that does not learn. The sum owns its tensors, which outlive `tidy` scopes.
 *
 * @example
 * import { tensor1d, tensor2d } from '@tensorflow/tfjs-core'
 *
 * const gradients = new GradientSum((name) => name !== 'bias')
 * gradients.addProduct('weight', tensor2d([[1]]), tensor2d([[2, 3]]))
 * gradients.add('bias', tensor1d([1])) // disposed of
 * gradients.get('weight') // [[2, 3]]
 */
export class GradientSum {
  readonly #sums = new Map<string, Variable>()
  readonly #learns: (name: string) => boolean

  /** @param learns whether a parameter learns; default: all do */
  constructor(learns: (name: string) => boolean = () => true) {
    this.#learns = learns
  }

  /** Whether a parameter learns; if not, its gradient need not be computed. */
  learns(name: string): boolean {
    return this.#learns(name)
  }

  /** Adds a gradient and takes ownership of it. */
  add(name: string, gradient: Tensor): void {
    const sum = this.#sums.get(name)
    if (!this.learns(name)) gradient.dispose()
    else if (sum === undefined) this.#begin(name, gradient)
    else {
      tidy(() => sum.assign(add(sum, gradient)))
      gradient.dispose()
    }
  }

  /** Adds a matrix's gradient `dyᵀ · x`, for a layer with input `x[N][in]` and `dy[N][out]`. */
  addProduct(name: string, dy: Tensor2D, x: Tensor2D | Bf16Matrix): void {
    const sum = this.#sums.get(name)
    if (!this.learns(name)) return
    if (sum === undefined) this.#begin(name, weightGradient(dy, x))
    else addWeightGradient(sum, dy, x)
  }

  /** Adds the gradient `dy[N][D]` of the rows `ids`, int32 `[N]`, of a table `[rows][D]`. */
  addRows(name: string, dy: Tensor2D, ids: Tensor1D, rows: number): void {
    const sum = this.#sums.get(name)
    if (!this.learns(name)) return
    if (sum === undefined) this.#begin(name, embeddingGradient(dy, ids, rows))
    else addEmbeddingGradient(sum, dy, ids)
  }

  /** What an operation is to do with a weight's gradient; `add` takes the one it returns. */
  target(name: string): WeightGradient {
    return this.learns(name) ? (this.#sums.get(name) ?? 'returned') : 'none'
  }

  /** A parameter's sum; undefined before its first gradient. */
  get(name: string): Tensor | undefined {
    return this.#sums.get(name)
  }

  /** Parameters that have a gradient. */
  get size(): number {
    return this.#sums.size
  }

  /** Disposes of all sums. */
  clear(): void {
    for (const gradient of this.#sums.values()) gradient.dispose()
    this.#sums.clear()
  }

  /** The gradient's memory becomes the sum's: nothing is copied. */
  #begin(name: string, gradient: Tensor): void {
    this.#sums.set(name, variable(gradient, false))
    gradient.dispose()
  }
}
