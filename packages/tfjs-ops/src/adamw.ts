import { add, div, mul, sqrt, square, sub, tidy } from '@tensorflow/tfjs-core'
import type { Tensor, Variable } from '@tensorflow/tfjs-core'
import { checkShape } from './check-shape.ts'
import { type AdamWAttrs, AdamWInPlace } from './kernels.ts'
import { hasFusedKernel, runFused } from './run-fused.ts'

/**
 * Settings of one update. `step` counts from 1; the gradient is first multiplied by `gradientScale`
 * (for clipping).
 */
export type AdamWOptions = AdamWAttrs

/** A parameter and its two moments, all of one shape. */
export interface AdamWState {
  readonly parameter: Variable
  readonly firstMoment: Variable
  readonly secondMoment: Variable
}

/**
 * One AdamW update (Loshchilov and Hutter 2017, arXiv 1711.05101, algorithm 2 with a constant
 * schedule; the decay is multiplied by the learning rate, as PyTorch does):
 *
 *     m ← β₁m + (1 − β₁)g,  v ← β₂v + (1 − β₂)g²,  θ ← θ(1 − ηλ) − η · m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)
 *
 * If the backend has the kernel, the variables change in place, and with them whatever shares their
 * data (a `clone`, a `reshape`). Otherwise they are assigned new tensors.
 *
 * @throws RangeError where shapes differ or `step` is below 1.
 *
 * @example
 * import { tensor1d, variable } from '@tensorflow/tfjs-core'
 *
 * const [parameter, firstMoment, secondMoment] = [
 *   [1, 2],
 *   [0, 0],
 *   [0, 0],
 * ].map((values) => variable(tensor1d(values)))
 * const options = {
 *   learningRate: 1e-3,
 *   beta1: 0.9,
 *   beta2: 0.95,
 *   epsilon: 1e-8,
 *   weightDecay: 0,
 *   step: 1,
 *   gradientScale: 1,
 * }
 * adamW({ parameter, firstMoment, secondMoment }, tensor1d([0.5, -0.5]), options)
 */
export function adamW(state: AdamWState, gradient: Tensor, options: AdamWOptions): void {
  const { parameter, firstMoment, secondMoment } = state
  for (const [name, tensor] of Object.entries({ firstMoment, secondMoment, gradient }))
    checkShape('adamW', name, tensor, parameter.shape)
  if (!(options.step >= 1))
    throw new RangeError(`adamW: step is ${options.step}; the first update is step 1`)
  if (hasFusedKernel(AdamWInPlace))
    runFused(AdamWInPlace, { parameter, firstMoment, secondMoment, gradient }, options, () => [])
  else tidy(() => adamWComposition(state, gradient, options))
}

/**
 * `adamW` from standard operations: assigns the three variables.
 *
 * @example
 * import { type Tensor, tidy } from '@tensorflow/tfjs-core'
 *
 * declare const state: AdamWState, gradient: Tensor, options: AdamWOptions
 * tidy(() => adamWComposition(state, gradient, options))
 */
export function adamWComposition(
  { parameter, firstMoment, secondMoment }: AdamWState,
  gradient: Tensor,
  options: AdamWOptions,
): void {
  const { learningRate, beta1, beta2, epsilon, weightDecay, step, gradientScale } = options
  const scaled = mul(gradient, gradientScale)
  firstMoment.assign(add(mul(firstMoment, beta1), mul(scaled, 1 - beta1)))
  secondMoment.assign(add(mul(secondMoment, beta2), mul(square(scaled), 1 - beta2)))
  const mean = div(firstMoment, 1 - beta1 ** step)
  const deviation = sqrt(div(secondMoment, 1 - beta2 ** step))
  const update = mul(div(mean, add(deviation, epsilon)), learningRate)
  parameter.assign(sub(mul(parameter, 1 - learningRate * weightDecay), update))
}
