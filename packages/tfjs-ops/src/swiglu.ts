import { add, mul, sigmoid, sub } from '@tensorflow/tfjs-core'
import type { Tensor, Tensor2D } from '@tensorflow/tfjs-core'
import { checkShape } from './check-shape.ts'
import { differentiable } from './differentiable.ts'
import { SwiGlu, SwiGluGrad } from './kernels.ts'
import { runFused } from './run-fused.ts'

/**
 * Gated linear unit with the SiLU (Shazeer 2020, arXiv 2002.05202, eq. 6):
 * `y = gate · σ(gate) · up`, elementwise.
 *
 * @param gate `[N][F]`
 * @param up `[N][F]`
 * @throws RangeError where the shapes differ.
 *
 * @example
 * import { tensor2d } from '@tensorflow/tfjs-core'
 *
 * swiglu(tensor2d([[0, 1]]), tensor2d([[5, 2]])) // [[0, 1.4621]]
 */
export function swiglu(gate: Tensor2D, up: Tensor2D): Tensor2D {
  checkShape('swiglu', 'up', up, gate.shape)
  const [y] = differentiable({
    inputs: { gate, up },
    forward: () => runFused(SwiGlu, { gate, up }, {}, () => [swigluComposition(gate, up)]),
    backward: ([dy], [savedGate, savedUp]) => {
      const { dgate, dup } = swigluGradient(
        dy as Tensor2D,
        savedGate as Tensor2D,
        savedUp as Tensor2D,
      )
      return [dgate, dup]
    },
  })
  return y as Tensor2D
}

/**
 * The gradient of `swiglu`, given the output's.
 *
 * @param dy `[N][F]`
 * @returns `dgate[N][F]`, `dup[N][F]`
 *
 * @example
 * import type { Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const dy: Tensor2D, gate: Tensor2D, up: Tensor2D
 * const { dgate, dup } = swigluGradient(dy, gate, up)
 */
export function swigluGradient(
  dy: Tensor2D,
  gate: Tensor2D,
  up: Tensor2D,
): { dgate: Tensor2D; dup: Tensor2D } {
  const [dgate, dup] = runFused(SwiGluGrad, { dy, gate, up }, {}, () =>
    swigluGradientComposition(dy, gate, up),
  )
  return { dgate: dgate as Tensor2D, dup: dup as Tensor2D }
}

/**
 * `swiglu` from standard operations.
 *
 * @example
 * import { tensor2d } from '@tensorflow/tfjs-core'
 *
 * swigluComposition(tensor2d([[0, 1]]), tensor2d([[5, 2]])) // [[0, 1.4621]]
 */
export function swigluComposition(gate: Tensor2D, up: Tensor2D): Tensor2D {
  return mul(mul(gate, sigmoid(gate)), up)
}

/**
 * `swigluGradient` from standard operations: `[dgate, dup]`, with
 * `dgate = dy · up · σ(g)(1 + g(1 − σ(g)))`.
 *
 * @example
 * import type { Tensor2D } from '@tensorflow/tfjs-core'
 *
 * declare const dy: Tensor2D, gate: Tensor2D, up: Tensor2D
 * const [dgate, dup] = swigluGradientComposition(dy, gate, up)
 */
export function swigluGradientComposition(dy: Tensor2D, gate: Tensor2D, up: Tensor2D): Tensor[] {
  const gateOpen = sigmoid(gate)
  const silu = mul(gate, gateOpen)
  const slope = add(gateOpen, mul(silu, sub(1, gateOpen)))
  return [mul(mul(dy, up), slope), mul(dy, silu)]
}
