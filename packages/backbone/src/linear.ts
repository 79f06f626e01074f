import { linearProduct } from '@icrl/tfjs-ops'
import { add, matMul, sum } from '@tensorflow/tfjs-core'
import type { Tensor1D, Tensor2D } from '@tensorflow/tfjs-core'
import type { LinearWeights } from './decoder-weights.ts'
import type { GradientSum } from './gradient-sum.ts'
import { trainable } from './weight-storage.ts'

/** `x[N][in]` → `x · weightᵀ + bias`, `[N][out]`. */
export function linear(x: Tensor2D, { weight, bias }: LinearWeights): Tensor2D {
  const y = linearProduct(x, weight)
  if (bias === undefined) return y
  const biased = add(y, bias) as Tensor2D
  y.dispose()
  return biased
}

/** Adds the weights' gradients to the sum and returns the input's. */
export function linearGradient(dy: Tensor2D, x: Tensor2D, { name, weight, bias }: LinearWeights, gradients: GradientSum): Tensor2D {
  gradients.add(`${name}.weight`, matMul(dy, x, true, false))
  if (bias !== undefined) gradients.add(`${name}.bias`, sum(dy, 0) as Tensor1D)
  return matMul(dy, trainable(name, weight))
}
