import { fromBf16, isBf16, toBf16 } from '@icrl/tfjs-ops'
import type { Bf16Matrix } from '@icrl/tfjs-ops'
import { mul, variable } from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core'

/**
 * How weights that never change are kept. `bf16` halves the memory of the matrices: they are
 * rounded once, and widened as kernels read them; all computing is in float32. Norms and biases
 * stay float32.
 */
export type WeightStorage = 'float32' | 'bf16'

/** A weight in memory. */
export type Weight = Variable | Bf16Matrix

/**
 * Copies a weight into memory of its own: an in-place update of the original must not reach the
 * copy. Multiplying by 1 keeps every bit.
 */
export function keepWeight(weight: Tensor, storage: WeightStorage): Weight {
  if (storage === 'bf16' && weight.rank === 2) return toBf16(weight as Tensor2D)
  const values = mul(weight, 1)
  const copy = variable(values, false)
  values.dispose()
  return copy
}

/** Frees a weight. */
export function disposeWeight(weight: Weight): void {
  if ('storage' in weight) weight.bits.dispose()
  else weight.dispose()
}

/** The weight as a float32 tensor: itself if it is one already. Call within `tidy`. */
export function widened(weight: Tensor2D | Bf16Matrix): Tensor2D {
  return isBf16(weight) ? fromBf16(weight) : weight
}
