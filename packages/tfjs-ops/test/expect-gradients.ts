import { grads, memory, tensor, tidy } from '@tensorflow/tfjs-core'
import type { Tensor } from '@tensorflow/tfjs-core'
import { expect } from 'vitest'
import { expectClose } from './expect-close.ts'
import { finiteDifferences } from './finite-differences.ts'
import { seededValues } from './seeded-values.ts'

export interface DifferentiableCase {
  readonly inputs: { values: Float64Array; shape: number[] }[]
  readonly op: (...tensors: Tensor[]) => Tensor
  /** The same in float64. */
  readonly reference: (...inputs: Float64Array[]) => Float64Array
}

/**
 * `tf.grads` of the op against finite differences of the float64 reference, for a random output
 * gradient; no tensor may be left behind.
 */
export function expectGradients(
  { inputs, op, reference }: DifferentiableCase,
  tolerance = 2e-5,
): void {
  const values = inputs.map((input) => input.values)
  const dy = seededValues(99, reference(...values).length)
  const loss = (arrays: Float64Array[]): number =>
    reference(...arrays).reduce((total, y, i) => total + y * dy[i], 0)
  const expected = finiteDifferences(loss, values)
  const before = memory().numTensors
  const found = tidy(() => {
    const tensors = inputs.map((input) => tensor(Float32Array.from(input.values), input.shape))
    const outputShape = tidy(() => op(...tensors).shape)
    return grads(op)(tensors, tensor(Float32Array.from(dy), outputShape)).map((gradient) =>
      gradient.dataSync<'float32'>().slice(),
    )
  })
  expect(memory().numTensors).toBe(before)
  found.forEach((gradient, i) => expectClose(gradient, expected[i], tolerance))
}
