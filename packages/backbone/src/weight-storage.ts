import { inFloat32, isSplit, toBf16, toSplit } from '@icrl/tfjs-ops'
import type { Bf16Matrix, SplitMatrix } from '@icrl/tfjs-ops'
import { mul, tensor, variable } from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D, Variable } from '@tensorflow/tfjs-core'

/**
 * How weights are kept. `bf16`: matrices are rounded once, and widened as kernels read them; all
 * computing is in float32. Weights that never change take half the memory; those that learn keep
 * the rest of their float32 masters beside them. Norms and biases stay float32.
 */
export type WeightStorage = 'float32' | 'bf16'

/** A weight in memory. */
export type Weight = Variable | Bf16Matrix

/** A weight that can learn. */
export type Trainable = Variable | SplitMatrix

/**
 * Copies a weight into memory of its own: an in-place update of the original must not reach the
 * copy. With `float32` a copy of a bf16 matrix with masters has them, too.
 */
export function keepWeight(weight: Tensor | Weight, storage: WeightStorage): Weight {
  if ('storage' in weight) return copyOfMatrix(weight, storage)
  if (storage === 'bf16' && weight.rank === 2) return toBf16(weight as Tensor2D)
  // Multiplying by 1 keeps every bit.
  const values = mul(weight, 1)
  const copy = variable(values, false)
  values.dispose()
  return copy
}

/** A copy of a tensor that can learn as it is kept. */
export function keepTrainable(values: Tensor, storage: WeightStorage): Trainable {
  return storage === 'bf16' && values.rank === 2
    ? toSplit(values as Tensor2D)
    : (keepWeight(values, 'float32') as Variable)
}

function copyOfMatrix(weight: Bf16Matrix, storage: WeightStorage): Bf16Matrix {
  const bits = copyOfIntegers(weight.bits)
  return isSplit(weight) && storage === 'float32'
    ? ({ ...weight, bits, low: copyOfIntegers(weight.low) } as SplitMatrix)
    : { storage: 'bf16', bits, shape: weight.shape }
}

function copyOfIntegers(pairs: Tensor2D): Variable & Tensor2D {
  const values = tensor(pairs.dataSync<'int32'>().slice(), pairs.shape, 'int32')
  const copy = variable(values, false)
  values.dispose()
  return copy as Variable & Tensor2D
}

/**
 * Gives a weight the values of another that is kept alike. They share memory until the other is
 * disposed of.
 */
export function assignWeight(from: Trainable, to: Trainable): void {
  const pairs: [Variable, Variable][] =
    isSplit(from) && isSplit(to)
      ? [
          [from.bits, to.bits],
          [from.low, to.low],
        ]
      : [[from as Variable, to as Variable]]
  for (const [source, target] of pairs) target.assign(source)
}

/** Numbers of a weight. */
export function sizeOf({ shape }: Weight): number {
  return [...shape].reduce((product, side) => product * side, 1)
}

/** Frees a weight. */
export function disposeWeight(weight: Weight): void {
  if (!('storage' in weight)) return weight.dispose()
  weight.bits.dispose()
  if (isSplit(weight)) weight.low.dispose()
}

/** The weight as a float32 tensor: itself if it is one already. Call within `tidy`. */
export function widened(weight: Tensor2D | Bf16Matrix): Tensor2D {
  return inFloat32(weight)
}
