import { add, div, mul, sqrt, square, sub, tensor, tidy } from '@tensorflow/tfjs-core'
import type { Tensor, Variable } from '@tensorflow/tfjs-core'
import { checkShape } from './check-shape.ts'
import { AdamWInPlace } from './kernels.ts'
import {
  assignMoment,
  type Moment,
  type MomentStorage,
  roundingBits,
  roundingKey,
  unpackMoment,
} from './moment.ts'
import { hasFusedKernel, runFused } from './run-fused.ts'
import { assignSplit, fromSplit, isSplit, type SplitMatrix } from './split-matrix.ts'

/** Settings of one update. */
export interface AdamWOptions {
  /** Of this update. */
  readonly learningRate: number
  /** Decay of the first moment. */
  readonly beta1: number
  /** Decay of the second moment. */
  readonly beta2: number
  /** Added to the root of the second moment. */
  readonly epsilon: number
  /** Decoupled decay of the weights. */
  readonly weightDecay: number
  /** Counts from 1. */
  readonly step: number
  /** Multiplies the gradient first (for clipping). */
  readonly gradientScale: number
  /** Tells the rounding of one parameter's moments from another's. @defaultValue 0 */
  readonly roundingSeed?: number
}

/** A parameter and its two moments, which are kept alike. */
export interface AdamWState {
  /** Of a bf16 matrix, the float32 masters are updated. */
  readonly parameter: Variable | SplitMatrix
  /** Mean of the gradients. */
  readonly first: Moment
  /** Mean of their squares. */
  readonly second: Moment
}

/**
 * One AdamW update (Loshchilov and Hutter 2017, arXiv 1711.05101, algorithm 2 with a constant
 * schedule; the decay is multiplied by the learning rate, as PyTorch does):
 *
 *     m ← β₁m + (1 − β₁)g,  v ← β₂v + (1 − β₂)g²,  θ ← θ(1 − ηλ) − η · m / (1 − β₁ᵗ) / (√(v / (1 − β₂ᵗ)) + ε)
 *
 * If the backend has the kernel, the variables change in place, and with them whatever shares their
 * data (a `clone`, a `reshape`). Otherwise they are assigned new tensors. The moments of a step are
 * exact before they are rounded to how they are kept.
 *
 * @throws RangeError where shapes differ or `step` is below 1.
 *
 * @example
 * import { tensor1d, variable } from '@tensorflow/tfjs-core'
 *
 * const state = {
 *   parameter: variable(tensor1d([1, 2])),
 *   first: zeroMoment([2], 'float32'),
 *   second: zeroMoment([2], 'float32'),
 * }
 * const options = {
 *   learningRate: 1e-3,
 *   beta1: 0.9,
 *   beta2: 0.95,
 *   epsilon: 1e-8,
 *   weightDecay: 0,
 *   step: 1,
 *   gradientScale: 1,
 * }
 * adamW(state, tensor1d([0.5, -0.5]), options)
 */
export function adamW(state: AdamWState, gradient: Tensor, options: AdamWOptions): void {
  const { parameter, first, second } = state
  checkShape('adamW', 'gradient', gradient, parameter.shape)
  for (const [name, moment] of Object.entries({ first, second })) {
    if (moment.storage !== first.storage)
      throw new RangeError(`adamW: moments are kept as ${first.storage} and ${moment.storage}`)
    checkMoment(name, moment, parameter.shape)
  }
  if (!(options.step >= 1))
    throw new RangeError(`adamW: step is ${options.step}; the first update is step 1`)
  if (!hasFusedKernel(AdamWInPlace)) return tidy(() => adamWComposition(state, gradient, options))
  const inputs = {
    parameter: isSplit(parameter) ? parameter.bits : parameter,
    ...(isSplit(parameter) && { low: parameter.low }),
    firstMoment: first.numbers,
    secondMoment: second.numbers,
    ...(first.scales && { firstScales: first.scales }),
    ...(second.scales && { secondScales: second.scales }),
    gradient,
  }
  const bits = BITS[first.storage]
  const key = roundingKey(options.roundingSeed ?? 0, options.step)
  runFused(AdamWInPlace, inputs, { ...options, momentBits: bits, roundingKey: key }, () => [])
}

const BITS: Readonly<Record<MomentStorage, number>> = { float32: 32, bf16: 16, '8bit': 8 }

function checkMoment(name: string, moment: Moment, shape: readonly number[]): void {
  const size = shape.reduce((product, side) => product * side, 1)
  const { storage, numbers, scales } = moment
  const each = 32 / BITS[storage]
  const wanted = storage === 'float32' ? shape : [Math.ceil(size / each)]
  checkShape('adamW', `the ${name} moment`, numbers, wanted)
  if (storage === '8bit')
    checkShape('adamW', `the ${name} moment's scales`, scales ?? { shape: [] }, [
      Math.ceil(size / 256),
    ])
}

/**
 * `adamW` from standard operations: assigns the variables.
 *
 * @example
 * import { type Tensor, tidy } from '@tensorflow/tfjs-core'
 *
 * declare const state: AdamWState, gradient: Tensor, options: AdamWOptions
 * tidy(() => adamWComposition(state, gradient, options))
 */
export function adamWComposition(
  { parameter, first, second }: AdamWState,
  gradient: Tensor,
  options: AdamWOptions,
): void {
  const { learningRate, beta1, beta2, epsilon, weightDecay, step, gradientScale } = options
  const [m, v] = [tensorOf(first, gradient, true), tensorOf(second, gradient, false)]
  const scaled = mul(gradient, gradientScale)
  const newFirst = add(mul(m, beta1), mul(scaled, 1 - beta1))
  const newSecond = add(mul(v, beta2), mul(square(scaled), 1 - beta2))
  const mean = div(newFirst, 1 - beta1 ** step)
  const deviation = sqrt(div(newSecond, 1 - beta2 ** step))
  const update = mul(div(mean, add(deviation, epsilon)), learningRate)
  const weight: Tensor = isSplit(parameter) ? fromSplit(parameter) : parameter
  const changed = sub(mul(weight, 1 - learningRate * weightDecay), update)
  if (isSplit(parameter)) assignSplit(parameter, changed.dataSync<'float32'>())
  else parameter.assign(changed)
  if (first.storage === 'float32') {
    first.numbers.assign(newFirst)
    second.numbers.assign(newSecond)
    return
  }
  const key = roundingKey(options.roundingSeed ?? 0, step)
  const random = (shift: number) => (element: number) =>
    ((roundingBits(key, element) >>> shift) & 0xffff) / 65_536
  assignMoment(first, newFirst.dataSync<'float32'>(), true, random(0))
  assignMoment(second, newSecond.dataSync<'float32'>(), false, random(16))
}

function tensorOf(moment: Moment, { shape, size }: Tensor, isSigned: boolean): Tensor {
  if (moment.storage === 'float32') return moment.numbers
  return tensor(unpackMoment(moment, size, isSigned), shape)
}
